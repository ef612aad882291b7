/** Keys and releases for tests, made anew each time. */
import {
  encodeManifest,
  encodePublicKey,
  encodeSignature,
  hashManifest,
  type Candidate,
  type ReleaseManifest,
  type ReleaseRoot,
  type RootKey,
} from '../index.ts';

export interface Signer extends RootKey {
  sign(message: Uint8Array<ArrayBuffer>): Promise<string>;
}

const randomKeyId = () =>
  [...crypto.getRandomValues(new Uint8Array(8))]
    .map(byte => byte.toString(16).padStart(2, '0').toUpperCase())
    .join('');

export async function makeSigner(name: string): Promise<Signer> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const { publicKey, privateKey } = pair as CryptoKeyPair;
  const keyId = randomKeyId();
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
  const signBytes = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, bytes));
  return {
    name,
    publicKey: encodePublicKey({ keyId, key: raw }),
    async sign(message) {
      const signature = await signBytes(message);
      const trustedComment = `by ${name}`;
      const comment = new TextEncoder().encode(trustedComment);
      const globalSignature = await signBytes(Uint8Array.from([...signature, ...comment]));
      return encodeSignature({ keyId, signature, trustedComment, globalSignature }, 'test');
    },
  };
}

export function rootOf(signers: readonly Signer[], threshold: number): ReleaseRoot {
  return { keys: signers.map(({ name, publicKey }) => ({ name, publicKey })), threshold };
}

const hash = `sha384-${'A'.repeat(64)}`;

export function manifestOf(root: ReleaseRoot, changes: Partial<ReleaseManifest> = {}): ReleaseManifest {
  return {
    format: 'enk-release-1',
    version: '1.0.0',
    seq: 1,
    expires: '2030-01-01T00:00:00Z',
    changes: ['first'],
    files: { 'importmap.json': hash, 'modules/a.js': hash },
    importMap: hash,
    workers: { 'modules/a.js': hash },
    serviceWorker: null,
    root,
    prev: null,
    ...changes,
  };
}

export async function signedBy(manifest: ReleaseManifest, signers: readonly Signer[]): Promise<Candidate> {
  const bytes = encodeManifest(manifest);
  return { manifest: bytes, signatures: (await Promise.all(signers.map(one => one.sign(bytes)))).join('') };
}

export const hashOf = (manifest: ReleaseManifest): Promise<string> => hashManifest(encodeManifest(manifest));
