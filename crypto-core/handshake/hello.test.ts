/** The cleartext hello: strict, canonical, of one profile only. */
import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import { generateX25519 } from '../identity/x25519.ts';
import { attempt, failureOf, randomPsk, type Tap } from './handshake.fixture.ts';
import { createHello, decodeHello } from './hello.ts';
import { compareVersions, type VersionClaim } from './version-order.ts';

const ENGINE = 'enk-signal-1';
const psk = randomPsk(2);
let json = '';

before(async () => {
  const { publicKey } = await generateX25519();
  json = decodeUtf8(
    createHello({ role: 'A', engine: ENGINE, ephemeralKey: publicKey, psks: [psk], bound: [] }).json,
  );
});

function frame(text: string): Uint8Array {
  return concat(Uint8Array.of(1, 0), utf8(text));
}

/** The dialler's hello says another version on its way. */
function asVersion(to: string): Tap {
  return ({ from, index, bytes }) => {
    if (from !== 'A' || index !== 0) return [bytes];
    const text = decodeUtf8(bytes.slice(2)).replace('"specVersion":"1.0"', to);
    return [concat(bytes.slice(0, 2), utf8(text))];
  };
}

function codeOf(text: string): string {
  try {
    decodeHello(frame(text), ENGINE);
  } catch (error) {
    if (error instanceof CryptoCoreError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** Of our hello, as the side sees it that has `own` in the place of our version. */
function differenceBetween(text: string, own: string): string {
  const { profile, specVersion } = JSON.parse(text) as VersionClaim;
  const [, ownVersion] = /:"(.*)"/.exec(own) ?? [];
  const order = compareVersions({ profile, specVersion }, { profile, specVersion: ownVersion });
  return order < 0 ? 'older-version' : 'newer-version';
}

describe('hello', () => {
  it('CC-HS-03: decodes what it encodes', () => {
    expect(codeOf(json)).to.equal('accepted');
    const { hello } = decodeHello(frame(json), ENGINE);
    expect(hello.psks.map(({ kind }) => kind)).to.deep.equal([2]);
    expect(hello.nonce).to.have.length(32);
  });

  it('CC-HS-04: another profile, layer list or engine is a profile mismatch, never negotiated', () => {
    const layers = '["MLS","Signal","ML-KEM","AES"]';
    expect(json).to.contain(layers);
    const others = [
      json.replace('Profile-v1', 'Profile-v2'),
      json.replace('Profile-v1', 'Profile-v0'),
      json.replace(layers, '["MLS","Signal","ML-KEM"]'),
      json.replace(layers, '["MLS"]'),
      json.replace(layers, '[]'),
      json.replace(layers, '["Signal","MLS","ML-KEM","AES"]'),
      json.replace(layers, '["MLS","Signal","ML-KEM","AES","AES"]'),
      json.replace(/"engine":"[^"]*"/, '"engine":"other"'),
    ];
    for (const other of others) expect(codeOf(other)).to.equal('profile-mismatch');
    // One string that joins to the same text is not the same list.
    expect(codeOf(json.replace(layers, '["MLS,Signal","ML-KEM","AES"]'))).to.equal('protocol-error');
  });

  it('CC-HS-26: of another version it says whether it is older or newer, whatever else differs', () => {
    const differenceOf = (text: string): unknown => {
      try {
        return decodeHello(frame(text), ENGINE);
      } catch (error) {
        return (error as { difference?: string }).difference;
      }
    };
    const version = (from: string, to: string): string => json.replace(from, to);
    const older = ['Profile-v0'];
    const newer = ['Profile-v2', 'Profile-v10', 'Profile-v9999'];
    for (const name of older) expect(differenceOf(version('Profile-v1', name))).to.equal('older-version');
    for (const name of newer) expect(differenceOf(version('Profile-v1', name))).to.equal('newer-version');
    const spec = (to: string): string => version('"specVersion":"1.0"', `"specVersion":"${to}"`);
    expect(differenceOf(spec('0.9'))).to.equal('older-version');
    for (const to of ['1.1', '1.10', '2.0']) expect(differenceOf(spec(to))).to.equal('newer-version');
    const foreign = spec('1.1')
      .replace(/"engine":"[^"]*"/, '"engine":"other"')
      .replace('"features":[],', '');
    expect(differenceOf(foreign)).to.equal('newer-version');
    for (const to of ['1', '1.0.0', 'one', '-1.0', '99999.0'])
      expect(codeOf(spec(to))).to.equal('protocol-error');
    expect(differenceOf(version('EnkryptedChat-Profile-v1', 'Another-v2'))).to.equal('profile');
  });

  for (const [name, to, ofDialler, ofAnswerer] of [
    ['newer', '"specVersion":"1.1"', 'older-version', 'newer-version'],
    ['older', '"specVersion":"0.9"', 'newer-version', 'older-version'],
  ] as const) {
    it(`CC-HS-26: a dialler of a ${name} version is told ours, no more, and nobody is asked`, async () => {
      const run = await attempt({
        policyA: { psks: [psk] },
        policyB: { mayTellVersion: true },
        knownPsks: [psk],
        tap: asVersion(to),
      });
      expect(failureOf(run.b)).to.equal('profile-mismatch');
      expect(run.b).to.have.nested.property('reason.difference', ofAnswerer);
      const [answer, ...more] = run.frames.filter(({ from }) => from === 'B');
      expect(more).to.deep.equal([]);
      const text = decodeUtf8((answer?.bytes ?? new Uint8Array()).slice(2));
      expect(JSON.parse(text)).to.deep.include({ type: 'hello', specVersion: '1.0', psks: [] });
      // A itself is not of that version: it goes on without a PSK, and nobody answers.
      expect(failureOf(run.a)).to.equal('channel-closed');
      // What the dialler of that version makes of it: its own number stands in the place of ours.
      expect(differenceBetween(text, to)).to.equal(ofDialler);
      expect(run.consentRequests).to.equal(0);
      expect(run.commits).to.deep.equal({ A: [], B: [] });
    });
  }

  it('CC-HS-26: a dialler of another version hears nothing unless the policy lets it', async () => {
    const run = await attempt({ tap: asVersion('"specVersion":"1.1"') });
    expect(run.b).to.have.nested.property('reason.difference', 'newer-version');
    expect(run.frames.filter(({ from }) => from === 'B')).to.deep.equal([]);
  });

  it('CC-HS-04: both sides fail when the channel changes profile or layers of either hello', async () => {
    const changes: readonly (readonly [string, string])[] = [
      ['Profile-v1', 'Profile-v0'],
      ['"Signal","ML-KEM"', '"ML-KEM","Signal"'],
      ['"MLS","Signal","ML-KEM","AES"', '"MLS"'],
    ];
    for (const [from, to] of changes) {
      for (const sender of ['A', 'B'] as const) {
        const run = await attempt({
          policyA: { psks: [psk] },
          knownPsks: [psk],
          tap: ({ from: origin, index, bytes }) =>
            origin === sender && index === 0
              ? [concat(bytes.slice(0, 2), utf8(decodeUtf8(bytes.slice(2)).replace(from, to)))]
              : [bytes],
        });
        const [receiver, other] = sender === 'A' ? [run.b, run.a] : [run.a, run.b];
        expect(failureOf(receiver)).to.equal('profile-mismatch');
        expect(failureOf(other)).to.equal('channel-closed');
        expect(run.commits).to.deep.equal({ A: [], B: [] });
      }
    }
  });

  it('CC-HS-03: refuses white space, duplicate, unknown, missing and reordered keys, and other numbers', () => {
    const variants = [
      ` ${json}`,
      `${json} `,
      json.replace(':', ': '),
      json.replace('{"type":"hello"', '{"type":"hello","type":"hello"'),
      json.replace('{"type"', '{"extra":1,"type"'),
      json.replace('{"type"', '{"__proto__":{},"type"'),
      json.replace('"features":[],', ''),
      json.replace('"type":"hello","specVersion":"1.0"', '"specVersion":"1.0","type":"hello"'),
      json.replace('"kind":2', '"kind":2.0'),
      json.replace('"kind":2', '"kind":0'),
      json.replace('"kind":2', '"kind":3'),
      json.replace('"hello"', '"\\u0068ello"'),
      json.replace('"limits":{', '"limits":{"x":1,'),
      json.replace(/"nonce":"./, '"nonce":"'),
      json.replace(/"nonce":"/, '"nonce":"AAAA'),
      json.replace(/("nonce":"[^"]*)"/, '$1="'),
      json.replace(/"psks":\[.*\]/, '"psks":null'),
      json.replace(/"features":\[\]/, '"features":["UPPER"]'),
      '',
      '{}',
      'null',
      '[]',
      `${'['.repeat(4000)}`,
      `\ufeff${json}`,
    ];
    for (const variant of variants) {
      expect(variant, variant.slice(0, 40)).not.to.equal(json);
      expect(codeOf(variant), variant.slice(0, 60)).to.equal('protocol-error');
    }
  });

  it('CC-HS-03: refuses malformed UTF-8', () => {
    const bytes = frame(json);
    bytes[bytes.length - 3] = 0xff;
    expect(() => decodeHello(bytes, ENGINE)).to.throw(CryptoCoreError);
  });

  it('CC-HS-05: refuses more than three PSKs', () => {
    const [offer] = /\{"kind".*?\}/.exec(json) ?? [''];
    const withPsks = (count: number): string => json.replace(offer, Array(count).fill(offer).join(','));
    expect(codeOf(withPsks(3))).to.equal('accepted');
    expect(codeOf(withPsks(4))).to.equal('protocol-error');
  });

  it('CC-HS-05: refuses a hello longer than 4 KiB before it is parsed', async () => {
    expect(codeOf(json.padEnd(4095, ' '))).to.equal('protocol-error');
    const run = await attempt({
      tap: ({ from, index, bytes }) =>
        from === 'A' && index === 0 ? [concat(bytes, new Uint8Array(4096).fill(0x20))] : [bytes],
    });
    expect(failureOf(run.b)).to.equal('protocol-error');
    expect(run.consentRequests).to.equal(0);
  });

  it('CC-ID-03: refuses ephemeral keys of small order or not canonical', () => {
    const zero = 'A'.repeat(43);
    const one = `AQ${'A'.repeat(41)}`;
    for (const key of [zero, one]) {
      expect(codeOf(json.replace(/("ephemeralKey":")[^"]*/, `$1${key}`))).to.equal('protocol-error');
    }
  });

  it('CC-HS-25: an error carries nothing of what the peer sent', () => {
    const secret = 'text-of-the-peer';
    try {
      decodeHello(frame(json.replace('"hello"', `"${secret}"`)), ENGINE);
      expect.fail('accepted');
    } catch (error) {
      const shown = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack ?? ''}`;
      expect(shown).not.to.contain(secret);
      expect((error as Error).cause).to.equal(undefined);
    }
  });
});
