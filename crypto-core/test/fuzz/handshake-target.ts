/**
 * Handshakes with a hostile peer that owns valid keys: it runs the honest code, but what it sends is changed — the
 * frames on the wire, or the PDUs before they are sealed, with its own transcript made over what it really sent.
 * Claim: the other side ends with a typed error, commits nothing and hands out no session.
 */
import { encodeBase64Url } from '../../bytes/base64url.ts';
import { concat } from '../../bytes/concat.ts';
import { decodeUtf8, utf8 } from '../../bytes/utf8.ts';
import { FRAME_HEADER_BYTES, MAX_HANDSHAKE_FRAME_BYTES } from '../../frame/frame.ts';
import { attempt, failureOf, FRAME_COUNT, flightOf, PEER_IDS } from '../../handshake/handshake.fixture.ts';
import type { Attempt, Overrides, Role, TappedFrame } from '../../handshake/handshake.fixture.ts';
import { HandshakeSealer } from '../../handshake/handshake-record.ts';
import { encodePdu } from '../../handshake/pdu-codec.ts';
import { signPrekey } from '../../handshake/prekeys.ts';
import type { Psk } from '../../handshake/psk.ts';
import { SealedFlights } from '../../handshake/sealed-flights.ts';
import type { SealedFlightsInput } from '../../handshake/sealed-flights.ts';
import { computeSessionId, encodePrologue } from '../../handshake/transcript.ts';
import type { IdentityKeys } from '../../identity/identity.ts';
import { makeIdentity } from '../support/make-pair.ts';
import type { Mutated } from './mutate-bytes.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import type { FuzzRandom } from './random.ts';
import { FUZZ_NOW_MS, withFuzzedPlatform, withSeededPlatform } from './seeded-platform.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

/** What all runs share. */
export interface HandshakeWorld {
  readonly identities: { readonly A: IdentityKeys; readonly B: IdentityKeys };
  readonly psk: Psk;
  /** Every frame and PDU of another handshake of the same two. */
  readonly recorded: readonly TappedFrame[];
  readonly recordedPdus: readonly Uint8Array[];
}

/** One sender's frame that is attacked; index 0 is its hello. */
interface Target {
  readonly from: Role;
  readonly index: number;
}

/** A changed PDU. `isChoosable`: a peer may send this, so the victim may go on until a finish fails. */
interface ChangedPdu extends Mutated {
  readonly isChoosable: boolean;
}

/** Where a run was attacked. */
interface Attack extends ChangedPdu {
  readonly name: string;
  readonly target: Target;
  /** The layer or parser behind what was changed. */
  readonly place: string;
}

type ChangePdu = (input: PduOnItsWay) => Promise<Uint8Array> | Uint8Array;
interface PduOnItsWay {
  readonly bytes: Uint8Array;
  /** PDUs that this sender sent before. */
  readonly sent: readonly Uint8Array[];
}

/** What fits a handshake frame. */
const MAX_PDU_BYTES = MAX_HANDSHAKE_FRAME_BYTES - FRAME_HEADER_BYTES - 16;
const REPLAYED = 'replayed from another handshake';
const TARGETS: readonly Target[] = (['A', 'B'] as const).flatMap(from =>
  Array.from({ length: FRAME_COUNT[from] }, (_, index) => ({ from, index })),
);
const PDU_NAMES: Readonly<Record<Role, readonly string[]>> = {
  A: [
    'hello',
    'mls-key-package-request',
    'signal-key-exchange-request',
    'mlkem-key-exchange',
    'mls-encryption-sync-request',
    'mls-welcome',
    'signal-session-complete',
    'handshake-finish',
  ],
  B: [
    'hello',
    'mls-key-package',
    'signal-key-exchange-response',
    'mlkem-key-exchange-response',
    'mls-encryption-sync-response',
    'mls-welcome-ack',
    'handshake-finish',
  ],
};

/** The same world for the same seed. */
export async function makeHandshakeWorld(random: FuzzRandom): Promise<HandshakeWorld> {
  return withSeededPlatform(random, async () => {
    const identities = { A: await makeIdentity(), B: await makeIdentity() };
    const psk: Psk = { kind: 2, id: random.bytes(16), secret: random.bytes(32) };
    const recordedPdus: Uint8Array[] = [];
    const run = await withHostilePdus(
      ({ bytes }) => {
        recordedPdus.push(bytes);
        return bytes;
      },
      null,
      () => attempt(base(identities, psk)),
    );
    if (failureOf(run.a) !== null || failureOf(run.b) !== null)
      throw new FuzzFailure('honest handshake failed');
    return { identities, psk, recorded: run.frames, recordedPdus };
  });
}

/** The kinds of attack, by what they change and in which flights. */
export const HANDSHAKE_ATTACKS: Readonly<
  Record<string, { readonly how: 'wire' | 'pdu' | 'resigned'; readonly flights: readonly number[] }>
> = {
  'hello of A': { how: 'wire', flights: [1] },
  'hello of B': { how: 'wire', flights: [2] },
  'frames of flight 3': { how: 'wire', flights: [3] },
  'frames of flight 4': { how: 'wire', flights: [4] },
  'frames of flight 5': { how: 'wire', flights: [5] },
  'frames of flight 6': { how: 'wire', flights: [6] },
  'PDUs of flight 3': { how: 'pdu', flights: [3] },
  'PDUs of flight 4': { how: 'pdu', flights: [4] },
  'PDUs of flight 5': { how: 'pdu', flights: [5] },
  'PDUs of flight 6': { how: 'pdu', flights: [6] },
  'prekeys signed again': { how: 'resigned', flights: [4] },
};

/** Runs one hostile handshake; throws a FuzzFailure for anything but a refusal. */
export async function runHandshakeAttack(
  name: string,
  random: FuzzRandom,
  world: HandshakeWorld,
): Promise<Verdict> {
  const kind = HANDSHAKE_ATTACKS[name];
  if (kind === undefined) throw new RangeError(`no attack ${name}`);
  const targets = TARGETS.filter(({ from, index }) => kind.flights.includes(flightOf(from, index)));
  const target = kind.how === 'resigned' ? { from: 'B' as const, index: 2 } : random.pick(targets);
  return withFuzzedPlatform(random, async () => {
    const psk = random.chance(0.75) ? world.psk : null;
    const setUp = { random, world, target, psk, name };
    return kind.how === 'wire' ? attackWire(setUp) : attackPdu(setUp, kind.how === 'resigned');
  });
}

interface SetUp {
  readonly random: FuzzRandom;
  readonly world: HandshakeWorld;
  readonly target: Target;
  readonly psk: Psk | null;
  readonly name: string;
}

async function attackWire({ random, world, target, psk, name }: SetUp): Promise<Verdict> {
  let changed: Mutated | null = null;
  const tap = (frame: TappedFrame): readonly Uint8Array[] => {
    if (frame.from !== target.from || frame.index !== target.index) return [frame.bytes];
    changed = changeFrame(random, frame, world);
    return [changed.bytes];
  };
  const run = await attempt({ ...base(world.identities, psk), tap });
  const isHello = target.index === 0;
  const place = isHello ? 'hello' : 'handshake record';
  const change = sent(changed, name, run);
  const isChoosable = isHello && isChoosableHello(change.bytes, psk, target, world);
  return judge(run, { ...change, name, target, isChoosable, place });
}

/**
 * A hello without binder may say what it likes about nonce, key and limits: the transcript binds it. A recorded one
 * has its own binder, and who replays it lacks its ephemeral key. B may name no PSK: then A goes on without (CC-HS-08).
 */
function isChoosableHello(
  bytes: Uint8Array,
  psk: Psk | null,
  { from }: Target,
  world: HandshakeWorld,
): boolean {
  if (psk === null) return true;
  if (world.recorded.some(frame => frame.index === 0 && sameBytes(frame.bytes, bytes))) return true;
  const psks = readFields(bytes.subarray(2))?.['psks'];
  return from === 'B' && Array.isArray(psks) && psks.length === 0;
}

async function attackPdu({ random, world, target, psk, name }: SetUp, isResigned: boolean): Promise<Verdict> {
  let changed: ChangedPdu | null = null;
  const hellos: Uint8Array[] = [];
  const hostile = async (input: PduOnItsWay): Promise<Uint8Array> => {
    if (input.sent.length !== target.index - 1) return input.bytes;
    changed = isResigned
      ? await resign(random, world, input.bytes, sessionIdOf(hellos, psk))
      : mutatePdu(random, world, input);
    return changed.bytes;
  };
  const tap = ({ index, bytes }: TappedFrame): readonly Uint8Array[] => {
    if (index === 0) hellos.push(bytes.subarray(2));
    return [bytes];
  };
  const run = await withHostilePdus(hostile, target.from, () =>
    attempt({ ...base(world.identities, psk), tap }),
  );
  const place = PDU_NAMES[target.from][target.index] ?? 'unknown';
  return judge(run, { ...(sent(changed, name, run) as ChangedPdu), name, target, place });
}

function sent<Change extends Mutated>(changed: Change | null, name: string, run: Attempt): Change {
  if (changed === null) {
    const failures = [failureOf(run.a), failureOf(run.b)].join(', ');
    throw new FuzzFailure(`${name}: the attacked frame was never sent (${failures})`);
  }
  return changed;
}

function judge(run: Attempt, { name, target, mutation, isChoosable, place, bytes }: Attack): Verdict {
  const what = `${name}: ${place}: ${mutation}`;
  const [victim, commits] = target.from === 'A' ? [run.b, run.commits.B] : [run.a, run.commits.A];
  if (victim.status === 'fulfilled') throw new FuzzFailure(`${what}: accepted`, bytes);
  if (commits.length > 0) throw new FuzzFailure(`${what}: committed`, bytes);
  const reached = ['handshake', 'hello'];
  if (target.index > 0) reached.push('handshake record');
  if (!reached.includes(place)) reached.push(place);
  const verdict = { rejectedBy: place, reached, mutation: what };
  if (failureOf(victim) === 'channel-closed' || failureOf(victim) === 'aborted') {
    if (!isChoosable) throw new FuzzFailure(`${what}: not refused (${String(failureOf(victim))})`, bytes);
    return { ...verdict, outcome: 'bound' };
  }
  expectTyped(victim.reason, ['protocol-error', 'profile-mismatch', 'own-identity', 'no-common-psk'], bytes);
  return { ...verdict, outcome: 'rejected' };
}

// ---------------------------------------------------------------- changes

function changeFrame(
  random: FuzzRandom,
  { from, index, bytes }: TappedFrame,
  world: HandshakeWorld,
): Mutated {
  const donors = world.recorded.map(frame => frame.bytes);
  const replayed = world.recorded.find(frame => frame.from === from && frame.index === index);
  if (random.chance(0.05) && replayed !== undefined && !sameBytes(replayed.bytes, bytes)) {
    return { mutation: REPLAYED, bytes: replayed.bytes };
  }
  if (random.chance(0.03)) {
    const size = random.pick([4_097, 32_769, 262_144, 262_145, 2_000_000]);
    return { mutation: 'huge', bytes: concat(bytes, new Uint8Array(size - bytes.length)) };
  }
  if (index > 0 || random.chance(0.3)) return mutateBytes(random, bytes, donors);
  const { mutation, bytes: json } = mutateJson(random, bytes.subarray(2));
  const frame = new Uint8Array(2 + json.length);
  frame.set(bytes.subarray(0, 2));
  frame.set(json, 2);
  return { mutation, bytes: frame };
}

/** Changes the PDU's JSON or a byte string in it; never into another PDU that the sender might have meant. */
function mutatePdu(
  random: FuzzRandom,
  world: HandshakeWorld,
  { bytes, sent: before }: PduOnItsWay,
): ChangedPdu {
  for (;;) {
    const mutated = random.chance(0.1)
      ? { mutation: 'another PDU', bytes: random.pick([...world.recordedPdus, ...before]) }
      : random.chance(0.8)
        ? mutateJson(random, bytes, world.recordedPdus)
        : mutateBytes(random, bytes, world.recordedPdus);
    const freedom = freedomOf(bytes, mutated.bytes, world);
    if (freedom === 'equivalent' || sameBytes(mutated.bytes, bytes)) continue;
    if (mutated.bytes.length > MAX_PDU_BYTES) continue; // no sealer makes such a frame; `huge` stands for it
    return { ...mutated, isChoosable: freedom === 'choosable' };
  }
}

/**
 * Exactly which changes a peer may make: `knowsYou` is its own claim; a KEM ciphertext may be any of its length, and
 * its own key package may be an older one of its own, and then the far side's finish fails.
 */
function freedomOf(
  original: Uint8Array,
  changed: Uint8Array,
  world: HandshakeWorld,
): 'none' | 'choosable' | 'equivalent' {
  const [before, after] = [readFields(original), readFields(changed)];
  if (before === null || after === null) return 'none';
  if (Object.keys(before).join() !== Object.keys(after).join() || !isFlat(after)) return 'none';
  if (!sameBytes(encodePdu(after), changed)) return 'none';
  const different = Object.keys(before).filter(name => before[name] !== after[name]);
  if (different.length !== 1) return 'none';
  if (different[0] === 'knowsYou' && (after['knowsYou'] === 0 || after['knowsYou'] === 1))
    return 'equivalent';
  const isRecorded = world.recordedPdus.some(pdu => sameBytes(pdu, changed));
  if (different[0] === 'keyPackage' && isRecorded) return 'choosable';
  return different[0] === 'ct' && String(after['ct']).length === 1451 ? 'choosable' : 'none';
}

function isFlat(fields: Readonly<Record<string, unknown>>): boolean {
  return Object.values(fields).every(value => typeof value !== 'object');
}

function readFields(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // no JSON, so no PDU either
  }
}

/** Hostile prekeys with the right signatures. */
async function resign(
  random: FuzzRandom,
  { identities }: HandshakeWorld,
  bytes: Uint8Array,
  sessionId: Uint8Array,
): Promise<ChangedPdu> {
  const fields = readFields(bytes) ?? {};
  const isKem = random.chance(0.5);
  const prekey = isKem ? hostileKemKey(random) : hostileX25519Key(random);
  const name = isKem ? 'kemPrekey' : 'signedPrekey';
  fields[name] = encodeBase64Url(prekey);
  fields[`${name}Signature`] = encodeBase64Url(await signPrekey(identities.B, prekey, sessionId));
  return { mutation: name, bytes: utf8(JSON.stringify(fields)), isChoosable: false };
}

function hostileX25519Key(random: FuzzRandom): Uint8Array {
  const key = new Uint8Array(32);
  const kind = random.int(4);
  if (kind === 1) key[0] = 1;
  if (kind === 2) key.fill(0xff);
  if (kind === 3) key.set([0xec, ...new Uint8Array(30).fill(0xff), 0x7f]);
  return key;
}

/** With at least one coefficient that is not reduced (FIPS 203 §7.2). */
function hostileKemKey(random: FuzzRandom): Uint8Array {
  const key = new Uint8Array(1184);
  const offset = 3 * random.int(384);
  key.set([0xff, 0xff, 0xff], offset);
  return key;
}

// ---------------------------------------------------------------- plumbing

const FINGERPRINTS = { A: new Uint8Array(32).fill(0xa1), B: new Uint8Array(32).fill(0xb2) } as const;

/** TH0 of the run under way. */
function sessionIdOf([helloA, helloB]: readonly Uint8Array[], psk: Psk | null): Uint8Array {
  if (helloA === undefined || helloB === undefined) throw new RangeError('no hellos yet');
  const prologue = encodePrologue(
    { peerId: PEER_IDS.A, fingerprint: FINGERPRINTS.A },
    { peerId: PEER_IDS.B, fingerprint: FINGERPRINTS.B },
  );
  return computeSessionId({ prologue, helloA, helloB, pskKind: psk?.kind ?? 0 });
}

function base(identities: HandshakeWorld['identities'], psk: Psk | null): Overrides {
  const nowMs = (): number => FUZZ_NOW_MS;
  const [own, remote] = [FINGERPRINTS.A, FINGERPRINTS.B];
  return {
    identityA: identities.A,
    identityB: identities.B,
    contextA: { nowMs, localFingerprint: own, remoteFingerprint: remote },
    contextB: { nowMs, localFingerprint: remote, remoteFingerprint: own },
    policyA: { psks: psk === null ? [] : [psk] },
    knownPsks: psk === null ? [] : [psk],
  };
}

/** While `action` runs, what `role` (or anybody) sends in flights 3 to 6 passes `change` before it is sealed. */
async function withHostilePdus<Result>(
  change: ChangePdu,
  role: Role | null,
  action: () => Promise<Result>,
): Promise<Result> {
  const create = SealedFlights.create;
  SealedFlights.create = async input => {
    const flights = await create.call(SealedFlights, input);
    if (role === null || input.role === role) flights.send = hostileSend(input, change);
    return flights;
  };
  try {
    return await action();
  } finally {
    SealedFlights.create = create;
  }
}

function hostileSend(input: SealedFlightsInput, change: ChangePdu): SealedFlights['send'] {
  const { role, secrets, channel } = input;
  const sent: Uint8Array[] = [];
  const sealer = HandshakeSealer.create(role === 'A' ? secrets.handshakeKeyA : secrets.handshakeKeyB);
  return async pdu => {
    const original = encodePdu(pdu);
    const bytes = await change({ bytes: original, sent });
    sent.push(original);
    channel.send(await (await sealer).seal(bytes));
    return bytes;
  };
}
