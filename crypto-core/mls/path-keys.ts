/**
 * Whether the keys that a path secret gives are those that the tree shows (RFC 9420 §7.5). ts-mls does not
 * look: a committer could put keys into the tree whose private keys the others do not have, and what is
 * encrypted to them later would be lost on everybody below.
 */
import type { CiphersuiteImpl, ClientState } from 'ts-mls';
import { getHpkePublicKey } from 'ts-mls/ratchetTree.js';
import { constantTimeEqual } from '../bytes/equal.ts';

/** A suite for one operation, and the look at what it derived. */
export interface PathKeyCheck {
  readonly suite: CiphersuiteImpl;
  /** True when each derived private key that the state holds belongs to the public key at its node. */
  isConsistent(client: ClientState): boolean;
}

/** Passes everything through to `suite` and remembers the key pairs that it derives. */
export function watchPathKeys(suite: CiphersuiteImpl): PathKeyCheck {
  const derived: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array }[] = [];
  const { hpke } = suite;
  const deriveKeyPair: typeof hpke.deriveKeyPair = async ikm => {
    const pair = await hpke.deriveKeyPair(ikm);
    derived.push({
      privateKey: await hpke.exportPrivateKey(pair.privateKey),
      publicKey: await hpke.exportPublicKey(pair.publicKey),
    });
    return pair;
  };
  return {
    suite: { ...suite, hpke: { ...hpke, deriveKeyPair } },
    isConsistent: ({ privatePath, ratchetTree }) =>
      Object.entries(privatePath.privateKeys).every(([index, privateKey]) => {
        const pair = derived.find(candidate => constantTimeEqual(candidate.privateKey, privateKey));
        const node = ratchetTree[Number(index)];
        if (pair === undefined || node === undefined) return true;
        return constantTimeEqual(pair.publicKey, getHpkePublicKey(node));
      }),
  };
}
