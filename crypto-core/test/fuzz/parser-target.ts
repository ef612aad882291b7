/**
 * Parsers, each given damaged forms of what it would take, and garbage. What a parser takes must be the one
 * encoding of what it gives: encoded again, it is the same bytes.
 */
import { encodeMlsMessage } from 'ts-mls';
import { encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { decodeBase64Url, encodeBase64Url } from '../../bytes/base64url.ts';
import { concat } from '../../bytes/concat.ts';
import { decodeUtf8, utf8 } from '../../bytes/utf8.ts';
import { decodeControlPdu, encodeControlPdu } from '../../cascade/control-pdu.ts';
import { CONTENT_CONTROL, CONTENT_PDU, pad, unpad } from '../../cascade/padding.ts';
import type { CryptoCoreErrorCode } from '../../errors.ts';
import { decodeFastBulkFrame, decodeFrame, encodeFrameHeader } from '../../frame/frame.ts';
import { decodeHello } from '../../handshake/hello.ts';
import { decodePdu, encodePdu } from '../../handshake/pdu-codec.ts';
import * as pdus from '../../handshake/pdus.ts';
import { decodeDevice, encodeDevice } from '../../identity/device-certificate.ts';
import { decodeInvite, encodeInvite } from '../../invite/invite.ts';
import { decodeKeyPackage, decodePrivateMessage, decodeTree, decodeWelcome } from '../../mls/decode.ts';
import { decodeMlsGroup, encodeMlsGroup } from '../../mls/group-codec.ts';
import { decodeSFrameHeader, encodeSFrameHeader } from '../../sframe/header.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';
import type { GroupWorld } from './group-target.ts';
import type { HandshakeWorld } from './handshake-target.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import type { PairGroupWorld } from './pair-group-target.ts';
import type { FuzzRandom } from './random.ts';
import type { Stations } from './stations.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

/** A parser, what it takes, and what it gives encoded again. */
export interface ParserTarget {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** Decoded and encoded again. Throws one of `codes`, or, of a helper that no caller reaches, what `helper` says. */
  roundTrip(bytes: Uint8Array): Promise<Uint8Array> | Uint8Array;
  readonly codes: readonly CryptoCoreErrorCode[];
  readonly helperErrors?: readonly string[];
  readonly isJson?: boolean;
}

const PROTOCOL = ['protocol-error'] as const;

/** Everything that the parsers' samples come from. */
export interface ParserWorld {
  readonly stations: Stations;
  readonly handshake: HandshakeWorld;
  readonly pairGroup: PairGroupWorld;
  readonly group: GroupWorld;
}

/** All parsers of the package. */
export function makeParserTargets(world: ParserWorld): readonly ParserTarget[] {
  return [...wireParsers(world), ...handshakeParsers(world), ...mlsParsers(world), ...textParsers()];
}

/** One damaged or random input for one parser. */
export async function runParserAttack(
  random: FuzzRandom,
  target: ParserTarget,
  donors: readonly Uint8Array[],
): Promise<Verdict> {
  const sample = random.pick(target.samples);
  const isJson = target.isJson === true && random.chance(0.7);
  const { mutation, bytes } = isJson ? mutateJson(random, sample) : mutateBytes(random, sample, donors);
  const before = bytes.slice();
  const outcome = await parse(target, bytes);
  if (!sameBytes(before, bytes)) throw new FuzzFailure(`${target.name}: ${mutation}: input changed`, before);
  const place = `parser: ${target.name}`;
  return { rejectedBy: place, reached: [place], mutation: `${target.name}: ${mutation}`, outcome };
}

async function parse(target: ParserTarget, bytes: Uint8Array): Promise<'rejected' | 'canonical'> {
  let encoded: Uint8Array;
  try {
    encoded = await target.roundTrip(bytes);
  } catch (error) {
    if (error instanceof Error && target.helperErrors?.includes(error.name) === true) return 'rejected';
    expectTyped(error, target.codes, bytes);
    return 'rejected';
  }
  if (!sameBytes(encoded, bytes)) throw new FuzzFailure(`${target.name}: a second form was taken`, bytes);
  return 'canonical';
}

function wireParsers({ stations, handshake, pairGroup }: ParserWorld): ParserTarget[] {
  const [station] = stations.messages;
  const { honest } = station as Stations['messages'][number];
  const hello = handshake.recorded[0]?.bytes ?? new Uint8Array();
  const bulk = concat(Uint8Array.of(1, 3, 0), new Uint8Array(8), honest.mls);
  const protocol = { codes: PROTOCOL };
  return [
    { name: 'frame', samples: [honest.aes, hello], roundTrip: reencodeFrame, ...protocol },
    {
      name: 'fast bulk frame',
      samples: [bulk],
      roundTrip: bytes => {
        const { header, ciphertext } = decodeFastBulkFrame(bytes);
        return concat(encodeFrameHeader(header), ciphertext);
      },
      ...protocol,
    },
    {
      name: 'padding',
      samples: [honest.padded, pad(CONTENT_PDU, new Uint8Array(0)), pad(CONTENT_CONTROL, honest.mls)],
      roundTrip: bytes => {
        const { kind, body } = unpad(bytes);
        return pad(kind, body);
      },
      ...protocol,
    },
    {
      name: 'control PDU',
      isJson: true,
      samples: stations.controls.map(({ control }) => control),
      roundTrip: bytes => encodeControlPdu(decodeControlPdu(bytes)),
      ...protocol,
    },
    {
      name: 'device certificate',
      samples: [encodeDevice(pairGroup.a), encodeDevice(pairGroup.b)],
      roundTrip: async bytes => {
        const { identityKey, dhKey } = await decodeDevice(bytes);
        return concat(identityKey, dhKey, bytes.subarray(64));
      },
      ...protocol,
    },
    {
      name: 'SFrame header',
      samples: [0n, 7n, 8n, 255n, 2n ** 32n, 2n ** 64n - 1n].map(kid =>
        encodeSFrameHeader({ kid, ctr: kid >> 1n }),
      ),
      roundTrip: bytes => {
        const { kid, ctr, sizeBytes } = decodeSFrameHeader(bytes);
        return concat(encodeSFrameHeader({ kid, ctr }), bytes.subarray(sizeBytes));
      },
      ...protocol,
    },
  ];
}

function reencodeFrame(bytes: Uint8Array): Uint8Array {
  const frame = decodeFrame(bytes);
  if (frame.kind === 'hello') return concat(bytes.subarray(0, 2), frame.json);
  return concat(encodeFrameHeader(frame.header), frame.ciphertext);
}

function handshakeParsers({ handshake }: ParserWorld): ParserTarget[] {
  const hello = handshake.recorded[0]?.bytes ?? new Uint8Array();
  const schemas = Object.entries(pdus).filter(([, schema]) => typeof schema === 'object');
  const sealed = schemas.map(([name, schema]): ParserTarget => {
    const roundTrip = (bytes: Uint8Array): Uint8Array => encodePdu(decodePdu<object>(schema, bytes));
    const samples = handshake.recordedPdus.filter(bytes => isTakenBy(roundTrip, bytes));
    return { name: `PDU ${name}`, isJson: true, samples, roundTrip, codes: PROTOCOL };
  });
  return [
    {
      name: 'hello',
      isJson: true,
      samples: [hello.slice(2)],
      roundTrip: json => {
        const frame = concat(Uint8Array.of(1, 0), json);
        return encodePdu(decodeHello(frame, enkSignalEngine.name).hello);
      },
      codes: ['protocol-error', 'profile-mismatch'],
    },
    ...sealed,
  ];
}

function isTakenBy(roundTrip: (bytes: Uint8Array) => Uint8Array, bytes: Uint8Array): boolean {
  try {
    return sameBytes(roundTrip(bytes), bytes);
  } catch (error) {
    expectTyped(error, PROTOCOL, bytes);
    return false; // of another type
  }
}

function mlsParsers({ stations, pairGroup, group }: ParserWorld): ParserTarget[] {
  const version = 'mls10';
  const messages = stations.messages.map(({ honest }) => honest.mls);
  const codes = PROTOCOL;
  const helperErrors = [
    'CodecError',
    'TypeError',
    'RangeError',
    'InternalError',
    'UsageError',
    'ValidationError',
  ];
  const library = { codes, helperErrors }; // callers run these inside asProtocolError
  return [
    {
      name: 'MLS key package',
      samples: [pairGroup.keyPackage.publicBytes, pairGroup.foreignKeyPackage],
      roundTrip: bytes => {
        const keyPackage = decodeKeyPackage(bytes);
        return encodeMlsMessage({ version, wireformat: 'mls_key_package', keyPackage });
      },
      ...library,
    },
    {
      name: 'MLS Welcome',
      samples: [pairGroup.welcome],
      roundTrip: bytes => {
        return encodeMlsMessage({ version, wireformat: 'mls_welcome', welcome: decodeWelcome(bytes) });
      },
      ...library,
    },
    {
      name: 'MLS tree',
      samples: [pairGroup.tree],
      roundTrip: b => encodeRatchetTree(decodeTree(b)),
      ...library,
    },
    {
      name: 'MLS PrivateMessage',
      samples: [...messages.slice(0, 4), ...group.messages],
      roundTrip: bytes => {
        const privateMessage = decodePrivateMessage(bytes, 262_144);
        return encodeMlsMessage({ version, wireformat: 'mls_private_message', privateMessage });
      },
      ...library,
    },
    {
      name: 'saved group',
      samples: [group.saved],
      roundTrip: async bytes => encodeMlsGroup(await decodeMlsGroup(bytes)),
      codes: ['invalid-argument'],
    },
  ];
}

function textParsers(): ParserTarget[] {
  const inviterKey = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 0x11 : i + 1));
  const token = encodeInvite({
    peerId: 'a'.repeat(26),
    brokerUrl: 'wss://broker.example/path',
    inviterKey,
    inviteId: new Uint8Array(16).fill(7),
    secret: new Uint8Array(32).fill(9),
    expiresAtMs: 1_800_000_000_000,
  });
  const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
  const toBytes = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0));
  return [
    {
      name: 'invite',
      samples: [toBytes(token)],
      roundTrip: bytes => toBytes(encodeInvite(decodeInvite(latin1(bytes)))),
      codes: ['invite-malformed'],
    },
    {
      name: 'invite, bytes in base64url',
      samples: [decodeBase64Url(token)],
      roundTrip: bytes => decodeBase64Url(encodeInvite(decodeInvite(encodeBase64Url(bytes)))),
      codes: ['invite-malformed'],
    },
    {
      name: 'base64url',
      samples: [toBytes(token), toBytes('AA'), toBytes('_-8')],
      roundTrip: bytes => toBytes(encodeBase64Url(decodeBase64Url(latin1(bytes)))),
      codes: [],
      helperErrors: ['SyntaxError'],
    },
    {
      name: 'UTF-8',
      samples: [utf8('héllo – ✓ 𝄞 \ufeff')],
      roundTrip: bytes => utf8(decodeUtf8(bytes)),
      codes: [],
      helperErrors: ['TypeError'],
    },
  ];
}
