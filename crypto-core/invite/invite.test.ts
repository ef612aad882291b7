/** Invite tokens: one text per invite, strict in all else. */
import { expect } from '@esm-bundle/chai';
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import { randomBytes } from '../bytes/random.ts';
import { CryptoCoreError } from '../errors.ts';
import { generateIdentitySecrets, importIdentity } from '../identity/identity.ts';
import { decodeInvite, encodeInvite, type Invite } from './invite.ts';

let invite: Invite;

before(async () => {
  const { identityKey } = await importIdentity(await generateIdentitySecrets());
  invite = {
    peerId: 'abcdefghijklmnopqrstuvwxyz',
    brokerUrl: 'wss://broker.example:9000/path',
    inviterKey: identityKey,
    inviteId: randomBytes(16),
    secret: randomBytes(32),
    expiresAtMs: 1_800_000_000_000,
  };
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof CryptoCoreError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('invite', () => {
  it('CC-INV-01: round-trips', () => {
    const token = encodeInvite(invite);
    expect(token).to.match(/^[A-Za-z0-9_-]+$/);
    expect(decodeInvite(token)).to.deep.equal(invite);
    expect(encodeInvite(decodeInvite(token))).to.equal(token);
  });

  it('CC-INV-02: refuses a truncated or extended token at every length', () => {
    const bytes = decodeBase64Url(encodeInvite(invite));
    for (let size = 0; size < bytes.length; size++) {
      const token = encodeBase64Url(bytes.slice(0, size));
      expect(
        codeOf(() => decodeInvite(token)),
        `size ${size}`,
      ).to.equal('invite-malformed');
    }
    const extended = encodeBase64Url(new Uint8Array([...bytes, 0]));
    expect(codeOf(() => decodeInvite(extended))).to.equal('invite-malformed');
  });

  it('CC-INV-02: no other text decodes to the same invite', () => {
    const token = encodeInvite(invite);
    const texts = [`${token}=`, ` ${token}`, `${token}\n`, token.replace(/./, '+'), '', '#', 'é'.repeat(20)];
    for (const text of texts) expect(codeOf(() => decodeInvite(text))).to.equal('invite-malformed');
    const decoded = new Set<string>();
    for (let i = 0; i < token.length; i++) {
      const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
      if (codeOf(() => decodeInvite(changed)) === 'accepted') {
        expect(encodeInvite(decodeInvite(changed))).to.equal(changed);
        decoded.add(changed);
      }
    }
    expect(decoded.has(token)).to.equal(false);
  });

  it('CC-INV-02: refuses another version', () => {
    const bytes = decodeBase64Url(encodeInvite(invite));
    for (const version of [0, 2, 255]) {
      bytes[0] = version;
      expect(codeOf(() => decodeInvite(encodeBase64Url(bytes)))).to.equal('invite-malformed');
    }
  });

  it('CC-INV-03: refuses fields outside their limits when encoding', () => {
    const invalid: readonly Partial<Invite>[] = [
      { peerId: '' },
      { peerId: 'a'.repeat(65) },
      { peerId: 'with space' },
      { peerId: '-leading' },
      { peerId: 'ünïcode' },
      { brokerUrl: '' },
      { brokerUrl: 'not a url' },
      { brokerUrl: 'https://broker.example' },
      { brokerUrl: 'javascript:alert(1)' },
      { brokerUrl: 'wss://user:secret@broker.example' },
      { brokerUrl: 'wss://broker.example/#fragment' },
      { brokerUrl: `wss://broker.example/${'a'.repeat(512)}` },
      { brokerUrl: 'wss://brökér.example' },
      { inviterKey: new Uint8Array(32) },
      { inviterKey: randomBytes(31) },
      { inviteId: randomBytes(15) },
      { secret: randomBytes(33) },
      { expiresAtMs: -1 },
      { expiresAtMs: 1.5 },
      { expiresAtMs: Number.NaN },
      { expiresAtMs: 2 ** 53 },
    ];
    for (const part of invalid) {
      const outcome = codeOf(() => encodeInvite({ ...invite, ...part }));
      expect(outcome, JSON.stringify(part)).to.equal('invalid-argument');
    }
  });

  it('CC-INV-03: refuses hostile fields when decoding, and an overlong token before it is decoded', () => {
    const bytes = decodeBase64Url(encodeInvite(invite));
    const withByte = (offset: number, value: number): string =>
      encodeBase64Url(bytes.map((byte, i) => (i === offset ? value : byte)));
    // Offsets: key 1, id 33, secret 49, expiry 81, peer id length 89, peer id 90.
    for (const token of [withByte(81, 0xff), withByte(89, 255), withByte(90, 0x20), withByte(90, 0xff)]) {
      expect(codeOf(() => decodeInvite(token))).to.equal('invite-malformed');
    }
    const zeroKey = encodeBase64Url(bytes.map((byte, i) => (i >= 1 && i < 33 ? 0 : byte)));
    expect(codeOf(() => decodeInvite(zeroKey))).to.equal('invite-malformed');
    expect(codeOf(() => decodeInvite('A'.repeat(1_000_000)))).to.equal('invite-malformed');
  });

  it('CC-INV-04: the longest token fits a QR code', () => {
    const token = encodeInvite({
      ...invite,
      peerId: 'a'.repeat(64),
      brokerUrl: `wss://broker.example/${'a'.repeat(491)}`,
    });
    expect(token.length).to.be.lessThan(1200);
  });
});
