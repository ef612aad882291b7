/**
 * The library's storage for one operation: given a state, it holds what the library may see of it, and afterwards
 * what the library stored. Nothing outlives the operation.
 *
 * It trusts exactly one identity, hands out one signed prekey and no one-time prekeys, and bounds every session that
 * is stored.
 */
import { constantTimeEqual, CryptoCoreError } from '@enk/crypto-core/engine-kit';
import type { KeyPairType, StorageType } from './library.ts';
import { boundSession, changeSession } from './record.ts';

/** Id of the handshake's signed prekey; 0 means "none" to the library. */
export const SIGNED_PREKEY_ID = 1;
/** The same for everyone: it names nothing here. */
export const REGISTRATION_ID = 1;

const NO_HANDLE = new ArrayBuffer(32);

/** What the store knows at first. Public keys are 33 bytes. */
export interface SessionStoreInput {
  readonly ownIdentity: Uint8Array;
  readonly peerIdentity: Uint8Array;
  /** Handle of our identity's private key; only to agree on keys. */
  readonly identityHandle?: ArrayBuffer;
  readonly signedPrekey?: KeyPairType;
  /** Serialized record, after the key agreement. */
  readonly session?: string;
}

export class SessionStore implements StorageType {
  readonly #input: SessionStoreInput;
  #session: string | undefined;

  constructor(input: SessionStoreInput) {
    this.#input = input;
    this.#session = input.session;
  }

  /** The record as it was stored last. Throws `internal` when none was. */
  get session(): string {
    if (this.#session === undefined) throw new CryptoCoreError('internal');
    return this.#session;
  }

  async getIdentityKeyPair(): Promise<KeyPairType> {
    const { ownIdentity, identityHandle } = this.#input;
    return { pubKey: ownIdentity.slice().buffer, privKey: identityHandle ?? NO_HANDLE };
  }

  async getLocalRegistrationId(): Promise<number> {
    return REGISTRATION_ID;
  }

  async isTrustedIdentity(_name: string, identityKey: ArrayBuffer): Promise<boolean> {
    return this.#isPeer(identityKey);
  }

  /** Throws at once, not by promise: the library does not wait for this one everywhere. */
  saveIdentity(_address: string, identityKey: ArrayBuffer): Promise<boolean> {
    if (!this.#isPeer(identityKey)) throw new CryptoCoreError('protocol-error');
    return Promise.resolve(false);
  }

  async loadSession(): Promise<string | undefined> {
    return this.#session;
  }

  async storeSession(_address: string, record: string): Promise<void> {
    this.#session = changeSession(record, boundSession);
  }

  async loadSignedPreKey(keyId: number | string): Promise<KeyPairType | undefined> {
    return keyId === SIGNED_PREKEY_ID ? this.#input.signedPrekey : undefined;
  }

  async loadPreKey(): Promise<undefined> {
    return undefined;
  }

  async removePreKey(): Promise<void> {
    // The library removes prekey 0, which is "none".
  }

  storePreKey(): Promise<void> {
    return Promise.reject(new CryptoCoreError('internal'));
  }

  storeSignedPreKey(): Promise<void> {
    return Promise.reject(new CryptoCoreError('internal'));
  }

  removeSignedPreKey(): Promise<void> {
    return Promise.reject(new CryptoCoreError('internal'));
  }

  #isPeer(identityKey: ArrayBuffer): boolean {
    return constantTimeEqual(new Uint8Array(identityKey), this.#input.peerIdentity);
  }
}
