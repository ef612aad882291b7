/** Signed releases: the manifest, its signatures, and the rules by which one follows another. No I/O. */
export {
  acceptRelease,
  advanceRoot,
  type Acceptance,
  type Candidate,
  type Pin,
  type Refusal,
} from './acceptance.ts';
export { fromBase64, toBase64 } from './base64.ts';
export { canonicalJson } from './canonical-json.ts';
export { fingerprintWords } from './fingerprint.ts';
export { encodeManifest, hashManifest, ManifestError, parseManifest, readRoot } from './manifest.ts';
export type { ReleaseManifest, ReleaseRoot, RootKey } from './manifest.ts';
export {
  encodePublicKey,
  encodeSignature,
  keyIdText,
  parsePublicKey,
  parseSignatures,
  verifySignature,
  type MinisignPublicKey,
  type MinisignSignature,
} from './minisign.ts';
