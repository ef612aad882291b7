/**
 * Parts of libsignal-protocol-typescript that never run in ours, and are left out of the second engine's worker: its
 * curve (860 KB of compiled C, replaced by native X25519; crypto-core/signal-libsignal/handle-curve.ts) and its
 * stand-in for WebCrypto.
 */
import type { Plugin } from 'vite';

const curvePackage = '@privacyresearch/curve25519-typescript';
const cryptoStandIn = '../../lib/msrcrypto';

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

const sources: Readonly<Record<string, string>> = {
  [`\0enk-absent:${curvePackage}`]: absentCurve,
  [`\0enk-absent:${cryptoStandIn}`]: 'export default {};',
};

/** Answers the absent parts. */
export const libsignalPartsPlugin: Plugin = {
  name: 'enk-libsignal-parts',
  enforce: 'pre',
  resolveId: source =>
    source === curvePackage || source === cryptoStandIn ? `\0enk-absent:${source}` : null,
  load: id => sources[id] ?? null,
};
