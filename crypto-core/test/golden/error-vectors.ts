/**
 * V9: inputs that must be refused, with the error code, and for each parser inputs that must not be. `accepted`
 * stands for no error; `rejected` is what a session says of a frame, whatever was wrong with it.
 */
import { encodeBase64Url } from '../../bytes/base64url.ts';
import { concat } from '../../bytes/concat.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { u32 } from '../../bytes/integers.ts';
import { randomBytes } from '../../bytes/random.ts';
import { decodeUtf8, utf8 } from '../../bytes/utf8.ts';
import { decodeControlPdu, encodeControlPdu } from '../../cascade/control-pdu.ts';
import { CONTENT_BULK, CONTENT_CONTROL, CONTENT_PDU, pad, unpad } from '../../cascade/padding.ts';
import { CryptoCoreError } from '../../errors.ts';
import { decodeFastBulkFrame, decodeFrame } from '../../frame/frame.ts';
import { decodeHello } from '../../handshake/hello.ts';
import { decodePdu, encodePdu } from '../../handshake/pdu-codec.ts';
import * as pdus from '../../handshake/pdus.ts';
import { generateX25519 } from '../../identity/x25519.ts';
import { decodeInvite, encodeInvite } from '../../invite/invite.ts';
import { makeCouple, makePsk, recordHandshake } from './handshake-vector.ts';
import type { HandshakeJson } from './handshake-vector.ts';
import { onSeededPlatform, type SeededPlatform } from './seeded-platform.ts';

const ENGINE = 'enk-signal-1';

const PARSERS = {
  frame: (bytes: Uint8Array) => decodeFrame(bytes),
  'bulk-frame': (bytes: Uint8Array) => decodeFastBulkFrame(bytes),
  padding: (bytes: Uint8Array) => unpad(bytes),
  control: (bytes: Uint8Array) => decodeControlPdu(bytes),
  hello: (bytes: Uint8Array) => decodeHello(bytes, ENGINE),
  finish: (bytes: Uint8Array) => decodePdu(pdus.handshakeFinish, bytes),
  'sync-response': (bytes: Uint8Array) => decodePdu(pdus.mlsEncryptionSyncResponse, bytes),
  invite: (bytes: Uint8Array) => decodeInvite(decodeUtf8(bytes)),
} as const;
type ParserName = keyof typeof PARSERS;

export interface ErrorCaseJson {
  readonly parser: ParserName;
  readonly name: string;
  /** The bytes, or for what is text: the text. */
  readonly input?: string;
  readonly text?: string;
  readonly code: string;
}

/** Frames that arrive at B after the handshake, in order; the last one must have this result. */
export interface SessionCaseJson {
  readonly name: string;
  readonly frames: readonly string[];
  readonly result: 'pdu' | 'rejected';
}

export interface ErrorsJson {
  readonly parsers: readonly ErrorCaseJson[];
  readonly session: { readonly handshake: HandshakeJson; readonly cases: readonly SessionCaseJson[] };
}

const ACCEPTED = 'accepted';
const PROTOCOL = 'protocol-error';
const SESSION_PLATFORM = 'V9 session';

/** What our parser says of an input: a code or `accepted`. */
export function codeOf({ parser, input, text }: ErrorCaseJson): string {
  const bytes = input === undefined ? utf8(text ?? '') : decodeHex(input);
  try {
    PARSERS[parser](bytes);
    return ACCEPTED;
  } catch (error) {
    if (error instanceof CryptoCoreError) return error.code;
    throw error;
  }
}

/** What B's session says of the last frame of a case. Each case has the same handshake again. */
export async function resultOf({ frames }: SessionCaseJson): Promise<string> {
  return onSeededPlatform(SESSION_PLATFORM, async platform => {
    const { b } = await startSession(platform);
    b.session.attach({ emit: () => undefined, nowMs: () => platform.nowMs });
    let kind = '';
    for (const frame of frames) ({ kind } = await b.session.open(decodeHex(frame)));
    return kind;
  });
}

async function startSession(platform: SeededPlatform) {
  return recordHandshake(platform, { name: 'session', couple: await makeCouple() });
}

export async function makeErrors(): Promise<ErrorsJson> {
  const cases = [
    ...frameCases(),
    ...paddingCases(),
    ...controlCases(),
    ...(await helloCases()),
    ...pduCases(),
    ...inviteCases(),
  ];
  return { parsers: cases, session: await makeSessionCases() };
}

const bytesCase = (
  parser: ParserName,
  name: string,
  bytes: Uint8Array,
  code: string = PROTOCOL,
): ErrorCaseJson => ({ parser, name, input: encodeHex(bytes), code });

const textCase = (
  parser: ParserName,
  name: string,
  text: string,
  code: string = PROTOCOL,
): ErrorCaseJson => ({ parser, name, text, code });

function withByte(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const changed = bytes.slice();
  changed[index] = value;
  return changed;
}

function frameCases(): ErrorCaseJson[] {
  const payload = concat(decodeHex('0102000000000000000000'), new Uint8Array(16));
  const bulk = withByte(payload, 1, 3);
  const hello = concat(Uint8Array.of(1, 0), utf8('{}'));
  return [
    bytesCase('frame', 'shortest payload frame', payload, ACCEPTED),
    bytesCase('frame', 'shortest handshake frame', withByte(payload, 1, 1), ACCEPTED),
    bytesCase('frame', 'hello', hello, ACCEPTED),
    bytesCase('frame', 'largest counter', counterFrame('001fffffffffffff'), ACCEPTED),
    bytesCase('frame', 'empty', new Uint8Array(0)),
    bytesCase('frame', 'version alone', Uint8Array.of(1)),
    bytesCase('frame', 'version 0', withByte(payload, 0, 0)),
    bytesCase('frame', 'version 2', withByte(payload, 0, 2)),
    bytesCase('frame', 'kind 3 outside a bulk channel', bulk),
    bytesCase('frame', 'kind 255', withByte(payload, 1, 255)),
    bytesCase('frame', 'one byte too short', payload.slice(0, -1)),
    bytesCase('frame', 'header alone', payload.slice(0, 11)),
    bytesCase('frame', 'counter 2^53', counterFrame('0020000000000000')),
    bytesCase('frame', 'counter 2^64-1', counterFrame('ffffffffffffffff')),
    bytesCase('frame', 'hello above 4,096 bytes', concat(hello, new Uint8Array(4_093))),
    bytesCase(
      'frame',
      'handshake frame above 32,768 bytes',
      concat(withByte(payload, 1, 1), new Uint8Array(32_742)),
    ),
    bytesCase('bulk-frame', 'shortest', bulk, ACCEPTED),
    bytesCase('bulk-frame', 'one byte too short', bulk.slice(0, -1)),
    bytesCase('bulk-frame', 'payload frame', payload),
    bytesCase('bulk-frame', 'hello', hello),
    bytesCase('bulk-frame', 'counter 2^53', withByte(counterFrame('0020000000000000'), 1, 3)),
  ];
}

function counterFrame(counterHex: string): Uint8Array {
  return concat(decodeHex('010200'), decodeHex(counterHex), new Uint8Array(16));
}

function paddingCases(): ErrorCaseJson[] {
  const padded = pad(CONTENT_PDU, utf8('body'));
  return [
    bytesCase('padding', 'PDU', padded, ACCEPTED),
    bytesCase('padding', 'empty PDU', pad(CONTENT_PDU, new Uint8Array(0)), ACCEPTED),
    bytesCase('padding', 'control PDU', pad(CONTENT_CONTROL, utf8('{}')), ACCEPTED),
    bytesCase('padding', 'bulk chunk', pad(CONTENT_BULK, utf8('chunk')), ACCEPTED),
    bytesCase('padding', 'empty', new Uint8Array(0)),
    bytesCase('padding', 'header cut', padded.slice(0, 4)),
    bytesCase('padding', 'kind 3', withByte(padded, 0, 3)),
    bytesCase('padding', 'length beyond the bucket', withByte(padded, 4, 129)),
    bytesCase('padding', 'length above 196,608', concat(Uint8Array.of(0), u32(196_609), new Uint8Array(128))),
    bytesCase('padding', 'next bucket', concat(padded, new Uint8Array(128))),
    bytesCase('padding', 'one byte short', padded.slice(0, -1)),
    bytesCase('padding', 'first byte of padding', withByte(padded, 9, 1)),
    bytesCase('padding', 'last byte of padding', withByte(padded, padded.length - 1, 0x80)),
    bytesCase('padding', 'length shorter than the body', withByte(padded, 4, 3)),
    bytesCase(
      'padding',
      'bulk chunk with padding',
      concat(pad(CONTENT_BULK, utf8('chunk')), Uint8Array.of(0)),
    ),
    bytesCase('padding', 'bulk chunk cut', pad(CONTENT_BULK, utf8('chunk')).slice(0, -1)),
  ];
}

function controlCases(): ErrorCaseJson[] {
  const offer = decodeUtf8(encodeControlPdu({ type: 'mlkem-key-exchange', gen: 1, ek: randomBytes(1_184) }));
  const answer = decodeUtf8(
    encodeControlPdu({ type: 'mlkem-key-exchange-response', gen: 1, ct: randomBytes(1_088) }),
  );
  const rotation = decodeUtf8(
    encodeControlPdu({
      type: 'rotation-timestamp-broadcast',
      gen: 1,
      timestamp: 1_767_225_600_000,
      x25519: randomBytes(32),
    }),
  );
  const changed = (name: string, from: string, to: string) =>
    textCase('control', name, replaceOnce(rotation, from, to));
  return [
    textCase('control', 'offer', offer, ACCEPTED),
    textCase('control', 'answer', answer, ACCEPTED),
    textCase('control', 'rotation', rotation, ACCEPTED),
    textCase('control', 'empty', ''),
    textCase('control', 'no JSON', 'rotation'),
    textCase('control', 'array', `[${rotation}]`),
    textCase('control', 'trailing space', `${rotation} `),
    textCase('control', 'byte order mark', `\ufeff${rotation}`),
    textCase('control', 'above 2,048 bytes', `${rotation.slice(0, -1)},"x":"${'x'.repeat(2_048)}"}`),
    changed('white space', '"gen":1', '"gen": 1'),
    changed('unknown type', 'rotation-timestamp-broadcast', 'rotation'),
    changed('other version', '"1.0"', '"1.1"'),
    changed('duplicate key', '"gen":1', '"gen":1,"gen":1'),
    changed('unknown key', '"gen":1', '"gen":1,"epoch":1'),
    changed('missing key', '"gen":1,', ''),
    changed('reordered keys', '"specVersion":"1.0","gen":1', '"gen":1,"specVersion":"1.0"'),
    changed('exponent', '"gen":1', '"gen":1e0'),
    changed('fraction', '"gen":1', '"gen":1.0'),
    changed('negative', '"gen":1', '"gen":-1'),
    changed('negative zero', '"gen":1', '"gen":-0'),
    changed('above 2^53-1', '"gen":1', '"gen":9007199254740992'),
    changed('text for a number', '"gen":1', '"gen":"1"'),
    changed('escaped letter', '"gen"', '"\\u0067en"'),
    changed('base64 padding', '"}', '="}'),
    textCase('control', 'standard base64', replaceOnce(rotation, /"x25519":"."?/, '"x25519":"+')),
    textCase('control', 'trailing bits', withTrailingBits(rotation)),
    bytesCase('control', 'malformed UTF-8', concat(utf8(rotation.slice(0, -1)), Uint8Array.of(0xff))),
  ];
}

function replaceOnce(text: string, from: string | RegExp, to: string): string {
  const changed = text.replace(from, () => to);
  if (changed === text) throw new Error(`nothing to replace: ${String(from)}`);
  return changed;
}

/** 32 bytes are 43 characters, of which the last has two bits to spare; sets one of them. */
function withTrailingBits(json: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const index = json.lastIndexOf('"}') - 1;
  const last = alphabet.indexOf(json.charAt(index));
  return json.slice(0, index) + alphabet.charAt(last | 1) + json.slice(index + 1);
}

async function helloCases(): Promise<ErrorCaseJson[]> {
  const psk = makePsk(2);
  const { publicKey } = await generateX25519();
  const json = decodeUtf8(
    encodePdu({
      type: 'hello',
      specVersion: '1.0',
      profile: 'EnkryptedChat-Profile-v1',
      layers: ['MLS', 'Signal', 'ML-KEM', 'AES'],
      engine: ENGINE,
      ephemeralKey: publicKey,
      nonce: randomBytes(32),
      limits: { maxPduBytes: 16_777_216 },
      features: ['a-feature'],
      psks: [{ kind: 2, id: psk.id, binder: randomBytes(32) }],
    }),
  );
  const key = encodeBase64Url(publicKey);
  const frame = (text: string) => concat(Uint8Array.of(1, 0), utf8(text));
  const helloCase = (name: string, text: string, code: string = PROTOCOL) =>
    bytesCase('hello', name, frame(text), code);
  const changed = (name: string, from: string, to: string, code: string = PROTOCOL) =>
    helloCase(name, replaceOnce(json, from, to), code);
  const mismatch = 'profile-mismatch';
  const offer = json.slice(json.indexOf('{"kind"'), json.indexOf(']}', json.indexOf('{"kind"')));
  const smallOrder = [
    ['0', '00'.repeat(32)],
    ['1', `01${'00'.repeat(31)}`],
    ['order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['p-1', `ec${'ff'.repeat(30)}7f`],
    ['p, not canonical', `ed${'ff'.repeat(30)}7f`],
    ['top bit', encodeHex(withByte(publicKey, 31, (publicKey[31] as number) | 0x80))],
  ] as const;
  return [
    helloCase('with a PSK', json, ACCEPTED),
    changed('without PSKs', offer, '', ACCEPTED),
    changed('profile v0', 'EnkryptedChat-Profile-v1', 'EnkryptedChat-Profile-v0', mismatch),
    changed('a layer less', ',"AES"]', ']', mismatch),
    changed('layers reordered', '"MLS","Signal"', '"Signal","MLS"', mismatch),
    changed('another engine', ENGINE, 'libsignal-1', mismatch),
    changed('another specVersion', '"specVersion":"1.0"', '"specVersion":"2.0"', mismatch),
    changed('white space', '"type":"hello"', '"type": "hello"'),
    changed('unknown key', '"features"', '"name":"Alice","features"'),
    changed('missing key', '"features":["a-feature"],', ''),
    changed(
      'reordered keys',
      '"limits":{"maxPduBytes":16777216},"features":["a-feature"]',
      '"features":["a-feature"],"limits":{"maxPduBytes":16777216}',
    ),
    changed('duplicate key', '"features"', '"features":[],"features"'),
    changed('ephemeral key too short', key, key.slice(0, -2)),
    changed('PSK kind 3', '"kind":2', '"kind":3'),
    changed('PSK without binder', json.slice(json.indexOf(',"binder"'), json.indexOf('}]}')), ''),
    changed('four PSKs', offer, [offer, offer, offer, offer].join(',')),
    changed('limit too small', '16777216', '65535'),
    changed('limit too large', '16777216', '16777217'),
    changed('limit as a float', '16777216', '16777216.0'),
    changed('feature in capitals', 'a-feature', 'A-feature'),
    changed('seventeen features', '"a-feature"', Array(17).fill('"f"').join(',')),
    helloCase('above 4,096 bytes', replaceOnce(json, '"a-feature"', `"${'f'.repeat(4_096)}"`)),
    ...smallOrder.map(([name, hex]) =>
      changed(`ephemeral key ${name}`, key, encodeBase64Url(decodeHex(hex))),
    ),
    bytesCase('hello', 'payload frame', concat(decodeHex('0102000000000000000000'), new Uint8Array(16))),
  ];
}

function pduCases(): ErrorCaseJson[] {
  const finish = decodeUtf8(
    encodePdu({
      type: 'handshake-finish',
      specVersion: '1.0',
      signature: randomBytes(64),
      mac: randomBytes(32),
    }),
  );
  const sync = '{"type":"mls-encryption-sync-response","specVersion":"1.0","knowsYou":1}';
  return [
    textCase('finish', 'finish', finish, ACCEPTED),
    textCase('finish', 'another PDU', sync),
    textCase('finish', 'signature too short', replaceOnce(finish, /"signature":".{4}/, '"signature":"')),
    textCase('finish', 'trailing bits', withTrailingBits(finish)),
    textCase('sync-response', 'sync response', sync, ACCEPTED),
    textCase('sync-response', 'knowsYou 2', replaceOnce(sync, ':1}', ':2}')),
    textCase('sync-response', 'knowsYou true', replaceOnce(sync, ':1}', ':true}')),
    textCase('sync-response', 'duplicate key', replaceOnce(sync, '"knowsYou"', '"knowsYou":1,"knowsYou"')),
  ];
}

function inviteCases(): ErrorCaseJson[] {
  const malformed = 'invite-malformed';
  const token = encodeInvite({
    peerId: 'abcdefghijklmnopqrstuvwxyz',
    brokerUrl: 'wss://broker.example/peerjs',
    inviterKey: decodeHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
    inviteId: randomBytes(16),
    secret: randomBytes(32),
    expiresAtMs: 1_767_225_600_000,
  });
  const changed = (name: string, text: string) => textCase('invite', name, text, malformed);
  return [
    textCase('invite', 'token', token, ACCEPTED),
    changed('empty', ''),
    changed('version 2', `Ag${token.slice(2)}`),
    changed('truncated', token.slice(0, -4)),
    changed('extended', `${token}AAAA`),
    changed('padded', `${token}=`),
    changed('no base64url', `${token.slice(0, -1)}+`),
    changed('above 891 characters', token + 'A'.repeat(892)),
  ];
}

async function makeSessionCases(): Promise<ErrorsJson['session']> {
  return onSeededPlatform(SESSION_PLATFORM, async platform => {
    const { a, b, json } = await startSession(platform);
    const [fromA, fromB] = [[] as Uint8Array[], [] as Uint8Array[]];
    const nowMs = (): number => platform.nowMs;
    a.session.attach({ emit: frame => void fromA.push(frame.slice()), nowMs });
    b.session.attach({ emit: frame => void fromB.push(frame.slice()), nowMs });
    await a.session.seal(utf8('first'));
    await a.session.seal(utf8('second'));
    await b.session.seal(utf8('from B'));
    const [first, second, own] = [fromA[0], fromA[1], fromB[0]] as [Uint8Array, Uint8Array, Uint8Array];
    const flip = (index: number) => withByte(first, index, (first[index] as number) ^ 1);
    const sessionCase = (
      name: string,
      frames: readonly Uint8Array[],
      result: 'pdu' | 'rejected' = 'rejected',
    ): SessionCaseJson => ({ name, frames: frames.map(encodeHex), result });
    const handshakeFrame = json.frames.find(({ flight }) => flight === 5)?.bytes ?? '';
    return {
      handshake: json,
      cases: [
        sessionCase('the first frame', [first], 'pdu'),
        sessionCase('both frames', [first, second], 'pdu'),
        sessionCase('replayed', [first, first]),
        sessionCase('reordered', [second]),
        sessionCase('reflected', [own]),
        sessionCase('counter changed', [flip(10)]),
        sessionCase('generation changed', [flip(2)]),
        sessionCase('kind handshake', [withByte(first, 1, 1)]),
        sessionCase('ciphertext changed', [flip(11)]),
        sessionCase('tag changed', [flip(first.length - 1)]),
        sessionCase('truncated', [first.slice(0, -1)]),
        sessionCase('extended', [concat(first, Uint8Array.of(0))]),
        sessionCase('a handshake frame again', [decodeHex(handshakeFrame)]),
        sessionCase('a hello', [decodeHex(json.frames[0]?.bytes ?? '')]),
        sessionCase('empty', [new Uint8Array(0)]),
        sessionCase('right again after a wrong one', [flip(11), first]),
      ],
    };
  });
}
