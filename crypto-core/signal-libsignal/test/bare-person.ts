/** A user of the bare library: its own curve, a store as its documentation has it, and no guard. */
import {
  AsyncCurve25519Wrapper,
  type KeyPairType,
  SessionBuilder,
  SessionCipher,
  SignalProtocolAddress,
  type StorageType,
} from './bare-library.ts';

const curve = new AsyncCurve25519Wrapper();
const ADDRESS = new SignalProtocolAddress('peer', 1);

export async function makeKeyPair(): Promise<KeyPairType> {
  const { pubKey, privKey } = await curve.keyPair(crypto.getRandomValues(new Uint8Array(32)).buffer);
  return { pubKey: Uint8Array.of(5, ...new Uint8Array(pubKey)).buffer, privKey };
}

/** The library's message as bytes. */
export function bytesOf({ body = '' }: { readonly body?: string }): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(body, character => character.charCodeAt(0));
}

/** Store and person in one: trusts nobody when told so, and keeps what the library gives it. */
export class BarePerson implements StorageType {
  session: string | undefined;
  savedIdentity: ArrayBuffer | undefined;
  isTrusting = true;
  readonly removedPrekeys: (number | string)[] = [];
  readonly prekeys = new Map<number | string, KeyPairType>();

  private constructor(
    readonly identity: KeyPairType,
    readonly signedPrekey: KeyPairType,
  ) {}

  static async create(): Promise<BarePerson> {
    return new BarePerson(await makeKeyPair(), await makeKeyPair());
  }

  /** Starts a session with `peer`, by a one-time prekey if one is given. */
  async start(peer: BarePerson, prekey?: { keyId: number; publicKey: ArrayBuffer }): Promise<void> {
    const { identity, signedPrekey } = peer;
    await new SessionBuilder(this, ADDRESS).processPreKey({
      identityKey: identity.pubKey,
      registrationId: 1,
      signedPreKey: {
        keyId: 1,
        publicKey: signedPrekey.pubKey,
        signature: await curve.sign(identity.privKey, signedPrekey.pubKey),
      },
      ...(prekey && { preKey: prekey }),
    });
  }

  async seal(plaintext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return bytesOf(await new SessionCipher(this, ADDRESS).encrypt(plaintext.slice().buffer));
  }

  openFirst(message: Uint8Array): Promise<ArrayBuffer> {
    return new SessionCipher(this, ADDRESS).decryptPreKeyWhisperMessage(message.slice().buffer);
  }

  open(message: Uint8Array): Promise<ArrayBuffer> {
    return new SessionCipher(this, ADDRESS).decryptWhisperMessage(message.slice().buffer);
  }

  getIdentityKeyPair = async (): Promise<KeyPairType> => this.identity;
  getLocalRegistrationId = async (): Promise<number> => 1;
  isTrustedIdentity = async (): Promise<boolean> => this.isTrusting;
  saveIdentity = async (_address: string, key: ArrayBuffer): Promise<boolean> => {
    this.savedIdentity = key;
    return true;
  };
  loadPreKey = async (id: number | string): Promise<KeyPairType | undefined> => this.prekeys.get(id);
  storePreKey = async (): Promise<void> => undefined;
  removePreKey = async (id: number | string): Promise<void> => void this.removedPrekeys.push(id);
  storeSession = async (_address: string, record: string): Promise<void> => {
    this.session = record;
  };
  loadSession = async (): Promise<string | undefined> => this.session;
  loadSignedPreKey = async (): Promise<KeyPairType> => this.signedPrekey;
  storeSignedPreKey = async (): Promise<void> => undefined;
  removeSignedPreKey = async (): Promise<void> => undefined;
}
