/**
 * X3DH by the library, and beside it the layer's export: PQXDH's key derivation over the same Diffie–Hellman values
 * and the KEM prekey's secret, under an info string of its own. So the handshake's finish confirms the library's key
 * agreement and the KEM exchange, although the library knows no KEM. SPEC.md CC-ENG-06.
 */
import {
  computeX25519,
  constantTimeEqual,
  CryptoCoreError,
  derivePqxdhSecret,
  utf8,
  wipe,
} from '@enk/crypto-core/engine-kit';
import type { HeldKey, Operation } from './exclusive.ts';

const EXPORT_INFO = utf8('EnkryptedChat-Profile-v1_libsignal-export_X25519_SHA-256_ML-KEM-768');

/** Each pair of keys whose secret enters, in X3DH's order. Both sides compute the same three secrets. */
export type AgreementKeys = readonly (readonly [own: CryptoKey, peer: Uint8Array])[];

/** The export key, 32 bytes. Wipes `kemSecret`. Throws `protocol-error` for hostile keys. */
export async function deriveExportKey(keys: AgreementKeys, kemSecret: Uint8Array): Promise<Uint8Array> {
  const secrets: Uint8Array[] = [];
  try {
    for (const [own, peer] of keys) secrets.push(await computeX25519(own, peer));
    const { rootKey, chainKey, exportKey } = derivePqxdhSecret([...secrets, kemSecret], EXPORT_INFO);
    wipe(rootKey, chainKey);
    return exportKey;
  } finally {
    wipe(...secrets, kemSecret);
  }
}

/** The key pair that the library made in this operation for `publicKey` (32 bytes). */
export function findKey({ keys }: Operation, publicKey: Uint8Array): HeldKey {
  const found = [...keys.values()].find(key => constantTimeEqual(key.publicKey, publicKey));
  if (found === undefined) throw new CryptoCoreError('internal');
  return found;
}
