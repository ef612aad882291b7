/**
 * What an engine of the Signal layer in another package may use of crypto-core, so that there is one implementation
 * of each primitive. `@enk/crypto-core/engine-kit`; applications use the package's index.
 */
export { concat } from '../bytes/concat.ts';
export { constantTimeEqual } from '../bytes/equal.ts';
export { decodeUtf8, utf8 } from '../bytes/utf8.ts';
export { wipe } from '../bytes/wipe.ts';
export { CryptoCoreError } from '../errors.ts';
export { computeX25519, generateX25519 } from '../identity/x25519.ts';
export { isAcceptableX25519Key } from '../identity/public-key-check.ts';
export { decapsulate, encapsulate } from '../ml-kem/ml-kem-768.ts';
export type { CipherLayer, LayerStep } from '../cascade/cipher-layer.ts';
export type {
  SignalEngine,
  SignalIdentity,
  SignalInitiation,
  SignalInitiationInput,
  SignalProgress,
  SignalResponse,
  SignalResponseInput,
} from './engine.ts';
export { derivePqxdhSecret } from './pqxdh.ts';
