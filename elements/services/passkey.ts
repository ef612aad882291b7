/**
 * The WebAuthn ceremonies of the vault, with the PRF extension (WebAuthn Level 3 §10.1.4): what the authenticator
 * computes over the vault's input is the secret; the signature is not looked at, there being no server. User
 * verification is required, or a found security key would open the vault.
 */
import { ServiceError } from './service-error.ts';

export interface PasskeySecret {
  readonly credentialId: Uint8Array;
  /** 32 bytes, the caller's to wipe. */
  readonly prfOutput: Uint8Array;
}

/** EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257] as const;
const RANDOM_BYTES = 32;
const USER_ID_BYTES = 16;
const NAME = 'Enkrypted vault';

/** Whether this page could ask at all; what an authenticator can do shows only then. */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential !== 'undefined' && navigator.credentials !== undefined;
}

/** Makes a passkey. Rejects with `passkey-cancelled` or `passkey-unsupported`; nothing was stored then. */
export async function createPasskey(prfInput: Uint8Array): Promise<PasskeySecret> {
  const credential = await ceremony(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { name: 'Enkrypted' },
        user: { id: random(USER_ID_BYTES), name: NAME, displayName: NAME },
        challenge: random(RANDOM_BYTES),
        pubKeyCredParams: ALGORITHMS.map(alg => ({ type: 'public-key' as const, alg })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        extensions: prfExtension(prfInput),
      },
    }),
  );
  const credentialId = new Uint8Array(credential.rawId);
  if (credential.getClientExtensionResults().prf?.enabled === false)
    throw new ServiceError('passkey-unsupported');
  // Many authenticators compute the PRF only when they are asked for a signature.
  return prfOutputOf(credential) ?? (await usePasskey(prfInput, [credentialId]));
}

/** Asks for one of these passkeys. Rejects as {@link createPasskey}. */
export async function usePasskey(
  prfInput: Uint8Array,
  credentialIds: readonly Uint8Array[],
): Promise<PasskeySecret> {
  const credential = await ceremony(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: random(RANDOM_BYTES),
        allowCredentials: credentialIds.map(id => ({ type: 'public-key' as const, id: new Uint8Array(id) })),
        userVerification: 'required',
        extensions: prfExtension(prfInput),
      },
    }),
  );
  const secret = prfOutputOf(credential);
  if (secret === null) throw new ServiceError('passkey-unsupported');
  return secret;
}

function prfExtension(prfInput: Uint8Array): AuthenticationExtensionsClientInputs {
  return { prf: { eval: { first: new Uint8Array(prfInput) } } };
}

async function ceremony(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!canUsePasskeys()) throw new ServiceError('passkey-unsupported');
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (cause) {
    const isRefusal = cause instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(cause.name);
    throw new ServiceError(isRefusal ? 'passkey-cancelled' : 'passkey-unsupported', { cause });
  }
  throw new ServiceError('passkey-cancelled');
}

function prfOutputOf(credential: PublicKeyCredential): PasskeySecret | null {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return null;
  const prfOutput = first instanceof ArrayBuffer ? new Uint8Array(first) : bytesOfView(first);
  return { credentialId: new Uint8Array(credential.rawId), prfOutput };
}

function bytesOfView({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
