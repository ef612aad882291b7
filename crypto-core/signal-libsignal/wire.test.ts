import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { generateX25519 } from '../identity/x25519.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { parsePrekeyMessage, parseWhisperMessage, typedKey } from './wire.ts';

const MAC = new Uint8Array(8);
let key: Uint8Array;

before(async () => {
  key = typedKey((await generateX25519()).publicKey);
});

interface WhisperParts {
  readonly version?: number;
  readonly key?: Uint8Array;
  readonly counter?: readonly number[];
  readonly previous?: readonly number[];
  readonly ciphertext?: Uint8Array;
  readonly rest?: Uint8Array;
}

function whisper(parts: WhisperParts = {}): Uint8Array {
  const {
    version = 0x33,
    counter = [0],
    previous = [0],
    ciphertext = new Uint8Array(16),
    rest = MAC,
  } = parts;
  const ratchetKey = parts.key ?? key;
  return concat(
    Uint8Array.of(version, 0x0a, ratchetKey.length),
    ratchetKey,
    Uint8Array.of(0x10, ...counter, 0x18, ...previous, 0x22, ciphertext.length),
    ciphertext,
    rest,
  );
}

function prekey(message = whisper(), identity = key, extra: readonly number[] = []): Uint8Array {
  return concat(
    Uint8Array.of(0x33, 0x28, 1, 0x08, 0, 0x30, 1, 0x12, 33),
    key,
    Uint8Array.of(0x1a, identity.length),
    identity,
    Uint8Array.of(0x22, message.length),
    message,
    Uint8Array.from(extra),
  );
}

describe('the library’s messages', () => {
  it('CC-ENG-05: a WhisperMessage is parsed', () => {
    const header = parseWhisperMessage(
      whisper({ counter: [0x80, 0x01], previous: [0xff, 0xff, 0xff, 0xff, 0x0f] }),
    );
    expect(header).to.deep.equal({ ratchetKey: key, counter: 128, previousCounter: 0xffff_ffff });
  });

  it('CC-ENG-05: a PreKeyWhisperMessage is parsed', () => {
    expect(parsePrekeyMessage(prekey())).to.deep.equal({
      baseKey: key.subarray(1),
      identityKey: key.subarray(1),
    });
  });

  it('CC-ENG-05: every other form of a WhisperMessage is refused', async () => {
    const untyped = key.slice(1);
    const mistyped = concat(Uint8Array.of(6), untyped);
    const smallOrder = typedKey(new Uint8Array(32));
    const notCanonical = typedKey(new Uint8Array(32).fill(0xff));
    const forms: readonly WhisperParts[] = [
      ...[0x32, 0x30, 0x23, 0x43, 0xff].map(version => ({ version })),
      ...[untyped, mistyped, smallOrder, notCanonical].map(other => ({ key: other })),
      { counter: [0x80, 0x00] },
      { counter: [0xff, 0xff, 0xff, 0xff, 0x1f] },
      { counter: [0x80, 0x80, 0x80, 0x80, 0x80, 0x01] },
      { previous: [0x81, 0x80, 0x00] },
      { ciphertext: new Uint8Array(0) },
      { ciphertext: new Uint8Array(15) },
      { rest: new Uint8Array(7) },
      { rest: new Uint8Array(9) },
      { rest: new Uint8Array(0) },
      { rest: concat(Uint8Array.of(0x10, 5), MAC) },
    ];
    for (const form of forms) await expectCode('protocol-error', () => parseWhisperMessage(whisper(form)));
    await expectCode('protocol-error', () => parseWhisperMessage(new Uint8Array(0)));
  });

  it('CC-ENG-05: every other form of a PreKeyWhisperMessage is refused', async () => {
    const forms = [
      prekey(whisper(), key, [0x28, 1]),
      prekey(whisper(), key.slice(1)),
      prekey(whisper({ counter: [1] })),
      prekey(whisper({ previous: [1] })),
      prekey(whisper({ version: 0x32 })),
      prekey(whisper({ rest: new Uint8Array(9) })),
      whisper(),
    ];
    for (const form of forms) await expectCode('protocol-error', () => parsePrekeyMessage(form));
    for (let length = 0; length < prekey().length; length++) {
      await expectCode('protocol-error', () => parsePrekeyMessage(prekey().subarray(0, length)));
    }
  });

  it('CC-ENG-05: no damaged form throws anything else than a refusal', () => {
    for (const [parse, message] of [
      [parseWhisperMessage, whisper()],
      [parsePrekeyMessage, prekey()],
    ] as const) {
      for (const damaged of damagedForms(message)) {
        try {
          parse(damaged);
        } catch (error) {
          expect(error).to.have.property('code', 'protocol-error');
        }
      }
    }
  });
});
