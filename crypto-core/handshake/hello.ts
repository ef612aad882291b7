/**
 * The two hellos, the only cleartext of a connection (flights 1 and 2): ephemeral key, nonce, profile and PSK ids
 * with their binders. No identity, no name. SPEC.md §7.1.
 *
 * Version, profile, layers and engine are compared for equality: a difference is `profile-mismatch`, never a
 * negotiation. Of another version it is told whether it is older or newer, and so who must update.
 */
import * as v from 'valibot';
import { sha256 } from '../bytes/kdf.ts';
import { randomBytes } from '../bytes/random.ts';
import { CryptoCoreError, ProfileMismatchError } from '../errors.ts';
import { decodeFrame } from '../frame/frame.ts';
import { isAcceptableX25519Key } from '../identity/public-key-check.ts';
import { CIPHER_LAYERS, PROFILE, SPEC_VERSION } from '../profile.ts';
import { decodePdu, encodePdu, exactBytes, parse } from './pdu-codec.ts';
import { compareVersions } from './version-order.ts';
import { type BinderInput, computeBinder, type Psk, PSK_ID_SIZE_BYTES, PSKS_MAX } from './psk.ts';

const KEY_SIZE_BYTES = 32;
const NONCE_SIZE_BYTES = 32;
const BINDER_SIZE_BYTES = 32;
/** Largest application PDU that this implementation takes: 16 MiB. */
const PDU_MAX_SIZE_BYTES = 16_777_216;

const pskOffer = v.strictObject({
  kind: v.picklist([1, 2]),
  id: exactBytes(PSK_ID_SIZE_BYTES),
  binder: exactBytes(BINDER_SIZE_BYTES),
});

const hello = v.strictObject({
  type: v.literal('hello'),
  specVersion: v.literal(SPEC_VERSION),
  profile: v.literal(PROFILE),
  layers: v.strictTuple(CIPHER_LAYERS.map(layer => v.literal(layer))),
  engine: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/)),
  ephemeralKey: exactBytes(KEY_SIZE_BYTES),
  nonce: exactBytes(NONCE_SIZE_BYTES),
  limits: v.strictObject({
    maxPduBytes: v.pipe(v.number(), v.integer(), v.minValue(65_536), v.maxValue(PDU_MAX_SIZE_BYTES)),
  }),
  features: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/))), v.maxLength(16)),
  psks: v.pipe(v.array(pskOffer), v.maxLength(PSKS_MAX)),
});

/** What a peer of any profile says: enough to tell another profile from garbage. */
const anyHello = v.looseObject({
  type: v.literal('hello'),
  /** Absent in no hello of ours; any other type than text is none that can be compared. */
  specVersion: v.optional(v.unknown()),
  profile: v.string(),
  layers: v.array(v.string()),
  engine: v.string(),
});

/** A parsed hello. */
export type Hello = v.InferOutput<typeof hello>;
type PskOffer = Hello['psks'][number];

/** A hello and its exact JSON bytes, which the transcript covers. */
export interface HelloMessage {
  readonly hello: Hello;
  readonly json: Uint8Array;
}

/** Input of {@link createHello}. */
export interface HelloInput {
  readonly role: 'A' | 'B';
  /** Name of the Signal engine that we run. */
  readonly engine: string;
  /** Ephemeral X25519 public key, 32 bytes. */
  readonly ephemeralKey: Uint8Array;
  /** A: those offered. B: the one chosen, or none. */
  readonly psks: readonly Psk[];
  /** What stands before the hello in its binders: `P` for A, `P`, `H(hello_A)` for B. */
  readonly bound: readonly Uint8Array[];
}

/** Makes a hello with a fresh nonce and a binder for each PSK. */
export function createHello({ role, engine, ephemeralKey, psks, bound }: HelloInput): HelloMessage {
  const open: Omit<Hello, 'psks'> = {
    type: 'hello',
    specVersion: SPEC_VERSION,
    profile: PROFILE,
    layers: [...CIPHER_LAYERS],
    engine,
    ephemeralKey,
    nonce: randomBytes(NONCE_SIZE_BYTES),
    limits: { maxPduBytes: PDU_MAX_SIZE_BYTES },
    features: [],
  };
  const unbound = { ...open, psks: psks.map(({ kind, id }) => ({ kind, id })) };
  const content = [...bound, encodeWithoutBinders(unbound)];
  const offers = psks.map(psk => ({
    kind: psk.kind,
    id: psk.id,
    binder: computeBinder({ psk, role, content }),
  }));
  const bare = { ...open, psks: offers };
  return { hello: bare, json: encodePdu(bare) };
}

/** Parses the frame of a hello. Throws `protocol-error`, or `profile-mismatch` for another profile or engine. */
export function decodeHello(frameBytes: Uint8Array, engine: string): HelloMessage {
  const json = helloJson(frameBytes);
  assertOurVersion(json);
  if (parse(anyHello, json).engine !== engine) throw new ProfileMismatchError('engine');
  return decodeOfProfile(json);
}

/**
 * The same, but takes a hello that differs in the engine alone: who sent it is told so, if it knows a common secret.
 */
export function decodeHelloOfAnyEngine(frameBytes: Uint8Array, engine: string): HelloMessage {
  const json = helloJson(frameBytes);
  try {
    return decodeOfProfile(json);
  } catch (error) {
    const isOfProfile = !(error instanceof ProfileMismatchError);
    if (isOfProfile && parse(anyHello, json).engine !== engine) throw new ProfileMismatchError('engine');
    throw error;
  }
}

function helloJson(frameBytes: Uint8Array): Uint8Array {
  const frame = decodeFrame(frameBytes);
  if (frame.kind !== 'hello') throw new CryptoCoreError('protocol-error');
  return frame.json;
}

/** Throws `profile-mismatch` for an older or newer version of this profile. */
function assertOurVersion(json: Uint8Array): void {
  const { profile, specVersion } = parse(anyHello, json);
  const order = compareVersions({ profile, specVersion }, { profile: PROFILE, specVersion: SPEC_VERSION });
  if (order !== 0) throw new ProfileMismatchError(order < 0 ? 'older-version' : 'newer-version');
}

function decodeOfProfile(json: Uint8Array): HelloMessage {
  assertOurVersion(json);
  const claim = parse(anyHello, json);
  if (claim.profile !== PROFILE) throw new ProfileMismatchError('profile');
  if (claim.layers.join() !== CIPHER_LAYERS.join()) throw new ProfileMismatchError('layers');
  const message = { hello: decodePdu(hello, json), json: json.slice() };
  if (!isAcceptableX25519Key(message.hello.ephemeralKey)) throw new CryptoCoreError('protocol-error');
  return message;
}

/** What the binders of a received hello are computed over. */
export function binderContent(message: HelloMessage, bound: readonly Uint8Array[]): BinderInput['content'] {
  const psks = message.hello.psks.map(({ kind, id }) => ({ kind, id }));
  return [...bound, encodeWithoutBinders({ ...message.hello, psks })];
}

/** `H(hello_A)`: binds B's binder to what A said. */
export function hashHello(message: HelloMessage): Uint8Array {
  return sha256(message.json);
}

/** The hello's bytes with the `binder` key left out of each PSK. */
function encodeWithoutBinders(
  value: Omit<Hello, 'psks'> & { readonly psks: readonly Omit<PskOffer, 'binder'>[] },
): Uint8Array {
  return encodePdu(value);
}
