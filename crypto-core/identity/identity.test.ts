/** Identity keys, signature contexts, certificates. */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import { decodeDevice, encodeDevice } from './device-certificate.ts';
import { verifyWithContext } from './ed25519.ts';
import { generateIdentitySecrets, type IdentityKeys, importIdentity } from './identity.ts';
import { encodeSignedContent, type SignatureContext } from './signature-context.ts';
import { computeX25519, generateX25519, importX25519Secret } from './x25519.ts';

const CONTEXTS: readonly SignatureContext[] = [
  'finish A',
  'finish B',
  'device certificate',
  'pqxdh prekey',
  'mls leaf certificate',
];

async function createIdentity(): Promise<IdentityKeys> {
  return importIdentity(await generateIdentitySecrets());
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CryptoCoreError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('identity', () => {
  it('CC-ID-01: derives the public keys of RFC 8032 and RFC 7748, deterministically', async () => {
    const secrets = {
      ed25519Seed: decodeHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'),
      x25519Secret: decodeHex('77076d0a7318a57d3c16c17251b26645df2c17b64f2c2bba0f1f6ec3db9b4f2a'),
    };
    const first = await importIdentity(secrets);
    const second = await importIdentity(secrets);
    expect(encodeHex(first.identityKey)).to.equal(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    expect(encodeHex(first.identityKey)).to.equal(encodeHex(second.identityKey));
    expect(encodeHex(first.deviceCertificate)).to.equal(encodeHex(second.deviceCertificate));
  });

  it('CC-ID-01: holds private keys that cannot be exported', async () => {
    const { dhPrivate } = await createIdentity();
    const ephemeral = await generateX25519();
    expect([dhPrivate.extractable, ephemeral.privateKey.extractable]).to.deep.equal([false, false]);
    expect(dhPrivate.usages).to.deep.equal(['deriveBits']);
    const refused = await crypto.subtle.exportKey('pkcs8', dhPrivate).catch(() => 'refused');
    expect(refused).to.equal('refused');
  });

  it('CC-ID-01: refuses secrets that are not 32 bytes', async () => {
    const secrets = await generateIdentitySecrets();
    expect(await codeOf(importIdentity({ ...secrets, ed25519Seed: randomBytes(31) }))).to.equal(
      'invalid-argument',
    );
    expect(await codeOf(importIdentity({ ...secrets, x25519Secret: randomBytes(33) }))).to.equal(
      'invalid-argument',
    );
  });

  it('CC-ID-02: signs 64 spaces, context, zero byte, content', () => {
    const signed = encodeSignedContent('pqxdh prekey', utf8('content'));
    const text = `${' '.repeat(64)}EnkryptedChat-Profile-v1 pqxdh prekey\0content`;
    expect(encodeHex(signed)).to.equal(encodeHex(utf8(text)));
  });

  it('CC-ID-02: a signature verifies under its own context, content and key only', async () => {
    const [identity, other] = [await createIdentity(), await createIdentity()];
    const content = randomBytes(50);
    for (const context of CONTEXTS) {
      const signature = await identity.sign(context, content);
      const claim = { publicKey: identity.identityKey, context, content, signature };
      expect(await verifyWithContext(claim)).to.equal(true);
      for (const wrong of CONTEXTS.filter(candidate => candidate !== context)) {
        expect(await verifyWithContext({ ...claim, context: wrong })).to.equal(false);
      }
      expect(await verifyWithContext({ ...claim, publicKey: other.identityKey })).to.equal(false);
      expect(await verifyWithContext({ ...claim, content: randomBytes(50) })).to.equal(false);
      expect(await verifyWithContext({ ...claim, signature: signature.slice(1) })).to.equal(false);
      expect(await verifyWithContext({ ...claim, signature: randomBytes(64) })).to.equal(false);
    }
  });

  it('CC-ID-03: X25519 agrees with RFC 7748, and refuses hostile public keys', async () => {
    const alice = await importX25519Secret(
      decodeHex('77076d0a7318a57d3c16c17251b26645c6c2f6c9a2f3d5f0f6d6c2d1e1f0a9b8'),
    );
    const bob = await generateX25519();
    expect(encodeHex(await computeX25519(alice.privateKey, bob.publicKey))).to.equal(
      encodeHex(await computeX25519(bob.privateKey, alice.publicKey)),
    );
    for (const hostile of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(0), randomBytes(33)]) {
      expect(await codeOf(computeX25519(alice.privateKey, hostile))).to.equal('protocol-error');
    }
  });

  it('CC-ID-04: a device is identity key, DH key and certificate, 128 bytes, and decodes', async () => {
    const identity = await createIdentity();
    const device = encodeDevice(identity);
    expect(device).to.have.length(128);
    const decoded = await decodeDevice(device);
    expect(encodeHex(decoded.identityKey)).to.equal(encodeHex(identity.identityKey));
    expect(encodeHex(decoded.dhKey)).to.equal(encodeHex(identity.dhKey));
  });

  it('CC-ID-04: refuses a device that is truncated, extended or changed in any byte', async () => {
    const device = encodeDevice(await createIdentity());
    expect(await codeOf(decodeDevice(device.slice(0, 127)))).to.equal('protocol-error');
    expect(await codeOf(decodeDevice(new Uint8Array([...device, 0])))).to.equal('protocol-error');
    for (let i = 0; i < device.length; i++) {
      const changed = device.map((byte, j) => (i === j ? byte ^ 1 : byte));
      expect(await codeOf(decodeDevice(changed)), `byte ${i}`).to.equal('protocol-error');
    }
  });
});
