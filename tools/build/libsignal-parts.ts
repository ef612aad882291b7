/**
 * Parts of libsignal-protocol-typescript that never run in ours, and are left out of the second engine's worker: its
 * curve (860 KB of compiled C, replaced by native X25519; crypto-core/signal-libsignal/handle-curve.ts) its
 * stand-in for WebCrypto, and protobuf's 64-bit integers (no field has any; they try WebAssembly on loading, which a
 * strict policy refuses and reports).
 */
import type { Plugin } from 'vite';

const curvePackage = '@privacyresearch/curve25519-typescript';
const cryptoStandIn = /^\.\.?\/.*\/msrcrypto$/;

/** A curve that refuses everything: until ours is set, nothing can be computed. */
const absentCurve = `
const refuse = () => { throw new Error('No curve is set.'); };
export class AsyncCurve25519Wrapper {
  keyPair() { refuse(); }
  sharedSecret() { refuse(); }
  sign() { refuse(); }
  verify() { refuse(); }
}
export const Curve25519Wrapper = { create: refuse };
`;

const absentCurveId = '\0enk-absent-curve';
const absentId = '\0enk-absent-part';

/** Answers the absent parts. */
export const libsignalPartsPlugin: Plugin = {
  name: 'enk-libsignal-parts',
  enforce: 'pre',
  resolveId(source) {
    if (source === curvePackage) return absentCurveId;
    return source === 'long' || cryptoStandIn.test(source) ? absentId : null;
  },
  load(id) {
    if (id === absentCurveId) return absentCurve;
    return id === absentId ? 'export default {};' : null;
  },
};
