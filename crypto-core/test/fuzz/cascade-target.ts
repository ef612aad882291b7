/**
 * Hostile frames of a live session. The sender owns valid keys: the damage is done at one depth, and everything
 * outside of it is sealed correctly, so that the layer behind is reached.
 */
import { concat } from '../../bytes/concat.ts';
import { u32 } from '../../bytes/integers.ts';
import { acceptControl } from '../../cascade/control.ts';
import { CONTENT_CONTROL, CONTENT_PDU, MAX_BODY_BYTES, pad } from '../../cascade/padding.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { openFrame } from '../../cascade/pair-state.ts';
import {
  LAYER_IDS,
  layerAt,
  openStepwise,
  sealOutside,
  sealPadded,
  sealStepwise,
} from '../support/stepwise.ts';
import type { LayerId } from '../support/stepwise.ts';
import { forgeMlsMessage, widenLength } from './mls-forge.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import type { Donors, Mutated } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import type { FuzzRandom } from './random.ts';
import { withKeyCache } from './key-cache.ts';
import { FUZZ_NOW_MS } from './seeded-platform.ts';
import { findDifference } from './state-snapshot.ts';
import { ANY_PACE } from './stations.ts';
import type { ControlStation, Station, Stations } from './stations.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

type Place = Pick<Station, 'sender' | 'receiver' | 'receiverBefore'>;
interface HostileFrame extends Mutated {
  readonly place: Place;
}
type Attack = (random: FuzzRandom, stations: Stations) => Promise<HostileFrame>;

/** One attack per depth; the caller chooses how often each. */
export const CASCADE_ATTACKS: Readonly<Record<string, Attack>> = {
  frame: (random, stations) => attackOutput(random, stations, 'aes'),
  'ML-KEM message': (random, stations) => attackOutput(random, stations, 'kem'),
  'Signal message': (random, stations) => attackOutput(random, stations, 'signal'),
  'MLS message': (random, stations) => attackOutput(random, stations, 'mls'),
  'inside MLS': attackInsideMls,
  padding: attackPadding,
  'control PDU': attackControl,
  'layer list': attackLayerList,
};

/** Runs one attack; throws a FuzzFailure for anything but a rejection that changed nothing. */
export function runCascadeAttack(name: string, random: FuzzRandom, stations: Stations): Promise<Verdict> {
  const attack = CASCADE_ATTACKS[name];
  if (attack === undefined) throw new RangeError(`no attack ${name}`);
  return withKeyCache(random, () => run(name, attack, random, stations));
}

async function run(name: string, attack: Attack, random: FuzzRandom, stations: Stations): Promise<Verdict> {
  const { mutation, bytes, place } = await attack(random, stations);
  const verdict = await judge(place, bytes, `${name}: ${mutation}`);
  const difference = findDifference(place.receiverBefore, place.receiver);
  if (difference !== null) throw new FuzzFailure(`${name}: ${mutation}: changed ${difference}`, bytes);
  return verdict;
}

async function judge(place: Place, frame: Uint8Array, mutation: string): Promise<Verdict> {
  const reached: string[] = [];
  const opened = await openStepwise(place.receiver, frame, where => void reached.push(NAMES[where]));
  if (frame.length % 8 === 0) await expectSameOutcome(place.receiver, frame, opened.kind === 'opened');
  if (opened.kind === 'rejected') {
    expectTyped(opened.error, ['protocol-error'], frame);
    return { rejectedBy: NAMES[opened.by], reached, mutation, outcome: 'rejected' };
  }
  if (opened.contentKind === CONTENT_PDU) throw new FuzzFailure(`${mutation}: accepted`, frame);
  reached.push('control PDU');
  if (opened.contentKind !== CONTENT_CONTROL) throw new FuzzFailure(`${mutation}: accepted as bulk`, frame);
  const outcome = await judgeControl(place, opened.next, opened.body, mutation);
  return { rejectedBy: 'control PDU', reached, mutation, outcome };
}

const NAMES: Readonly<Record<LayerId | 'frame' | 'padding', string>> = {
  frame: 'frame',
  aes: 'AES',
  kem: 'ML-KEM',
  signal: 'Signal',
  mls: 'MLS',
  padding: 'padding',
};

/** The step-by-step opening above is the real one; compared for an eighth of the inputs, by their length. */
async function expectSameOutcome(state: PairState, frame: Uint8Array, isOpened: boolean): Promise<void> {
  let isReallyOpened = true;
  try {
    await openFrame(state, frame);
  } catch (error) {
    expectTyped(error, ['protocol-error'], frame);
    isReallyOpened = false;
  }
  if (isOpened !== isReallyOpened) throw new FuzzFailure('openFrame and the layers disagree', frame);
}

/**
 * A peer may choose some values: then the change must be bound into the next keys, so that the frames which the
 * sender goes on to send by the unchanged value are refused.
 */
async function judgeControl(
  place: Place,
  opened: PairState,
  body: Uint8Array,
  mutation: string,
): Promise<'rejected' | 'bound'> {
  let accepted;
  try {
    accepted = await acceptControl(opened, body, ANY_PACE, FUZZ_NOW_MS);
  } catch (error) {
    expectTyped(error, ['protocol-error'], body);
    return 'rejected';
  }
  const { control, senderAfter } = place as Partial<ControlStation>;
  if (control === undefined || senderAfter === undefined || sameBytes(control, body)) {
    throw new FuzzFailure(`${mutation}: control PDU accepted`, body);
  }
  let sender = senderAfter;
  for (const frame of accepted.frames) {
    const answer = await openStepwise(sender, frame);
    if (answer.kind === 'rejected') continue;
    try {
      sender = (await acceptControl(answer.next, answer.body, ANY_PACE, FUZZ_NOW_MS)).next;
    } catch (error) {
      expectTyped(error, ['protocol-error'], body); // the answer to another offer: the sender stays where it was
    }
  }
  const next = await sealStepwise(sender, CONTENT_PDU, body);
  const late = await openStepwise(accepted.next, next.bytes.aes);
  if (late.kind === 'opened') throw new FuzzFailure(`${mutation}: not bound into the next keys`, body);
  expectTyped(late.error, ['protocol-error'], body);
  return 'bound';
}

// ---------------------------------------------------------------- the attacks

/** Another thing in the place of what layer `id` put out. */
async function attackOutput(random: FuzzRandom, stations: Stations, id: LayerId): Promise<HostileFrame> {
  const place = random.pick(stations.messages);
  for (;;) {
    const { mutation, bytes } = replaceOutput(random, place, id);
    if (sameBytes(bytes, place.honest[id])) continue;
    return { mutation, bytes: await sealOutside(place.sender, id, bytes), place };
  }
}

function replaceOutput(random: FuzzRandom, place: Station, id: LayerId): Mutated {
  const others = donorsOf(place, id);
  if (random.chance(0.2)) {
    const [mutation, bytes] = random.pick(others);
    return { mutation, bytes };
  }
  if (id === 'signal' && random.chance(0.25)) return attackSignalHeader(random, place);
  if (id === 'mls' && random.chance(0.1)) {
    // wireformat, version and content type stand before the group id's length
    const bytes = concat(place.honest.mls.subarray(0, 4), widenLength(place.honest.mls.subarray(4)));
    return { mutation: 'a longer length field', bytes };
  }
  return mutateBytes(
    random,
    place.honest[id],
    others.map(([, bytes]) => bytes),
  );
}

/** Well-formed messages at the wrong place: replayed, skipped ahead, reflected, foreign, another layer's. */
function donorsOf(place: Station, id: LayerId): readonly [string, Uint8Array][] {
  const layers = LAYER_IDS.filter(other => other !== id);
  return [
    ['skipped ahead', place.following[id]],
    ['of another session', place.foreign[id]],
    ['sent back to its sender', place.reflected[id]],
    ['padded plaintext in clear', place.honest.padded],
    ...place.earlier.map((earlier): [string, Uint8Array] => ['replayed', earlier[id]]),
    ...layers.map((other): [string, Uint8Array] => ['another layer’s output', place.honest[other]]),
  ];
}

const HOSTILE_RATCHET_KEYS: readonly Uint8Array[] = [
  new Uint8Array(32),
  Uint8Array.of(1, ...new Uint8Array(31)),
  new Uint8Array(32).fill(0xff),
  Uint8Array.of(0xec, ...new Uint8Array(30).fill(0xff), 0x7f),
  Uint8Array.of(0xed, ...new Uint8Array(30).fill(0xff), 0x7f),
];
const HOSTILE_INTEGERS = [0, 1, 999, 1_000, 1_001, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as const;

/** Ratchet key ‖ pn ‖ n, each hostile. */
function attackSignalHeader(random: FuzzRandom, place: Station): Mutated {
  const bytes = place.honest.signal.slice();
  const field = random.pick(['ratchet key', 'pn', 'n'] as const);
  if (field === 'ratchet key') {
    const key = random.chance(0.5) ? random.pick(HOSTILE_RATCHET_KEYS) : random.bytes(32);
    bytes.set(key, 0);
  }
  // A new ratchet key lets the previous length count too.
  if (field === 'pn' && random.chance(0.5)) bytes.set(random.bytes(31), 0);
  if (field !== 'ratchet key') bytes.set(u32(random.pick(HOSTILE_INTEGERS)), field === 'pn' ? 32 : 36);
  return { mutation: `hostile ${field}`, bytes };
}

async function attackInsideMls(random: FuzzRandom, stations: Stations): Promise<HostileFrame> {
  const place = random.pick(stations.messages);
  const donors: Donors = [place.honest.padded, place.honest.signal, place.foreign.mls];
  const forged = await forgeMlsMessage(random, place.sender.mls.client, place.honest.padded, donors);
  return { mutation: forged.mutation, bytes: await sealOutside(place.sender, 'mls', forged.bytes), place };
}

/** Padded plaintexts that no sender makes. */
async function attackPadding(random: FuzzRandom, stations: Stations): Promise<HostileFrame> {
  const place = random.pick(stations.messages);
  for (;;) {
    const { mutation, bytes } = mutatePadded(random, place.honest.padded);
    if (isProperlyPadded(bytes)) continue;
    return { mutation, bytes: (await sealPadded(place.sender, bytes)).bytes.aes, place };
  }
}

function mutatePadded(random: FuzzRandom, honest: Uint8Array): Mutated {
  const bytes = honest.slice();
  switch (random.int(5)) {
    case 0:
      bytes[0] = 1 + random.int(255); // 1: a control PDU that is none
      return { mutation: 'content kind', bytes };
    case 1:
      bytes.set(u32(random.pick([0, 127, 128, 129, 1_000, 196_608, 196_609, 0x7fff_ffff, 0xffff_ffff])), 1);
      return { mutation: 'length', bytes };
    case 2:
      bytes[bytes.length - 1 - random.int(40)] = 1 + random.int(255);
      return { mutation: 'padding not zero', bytes };
    case 3: {
      const kind = random.pick([0, 1, 3, 255]);
      const size = random.pick([0, 1, 127, 129, 255, 1_000, 65_537]);
      return {
        mutation: 'size of no bucket',
        bytes: concat(Uint8Array.of(kind), u32(size), new Uint8Array(size)),
      };
    }
    default:
      return mutateBytes(random, honest);
  }
}

/** SPEC.md §4, written once more: kind ‖ length ‖ body ‖ zeros to the bucket. A control PDU is judged as such. */
function isProperlyPadded(bytes: Uint8Array): boolean {
  if (bytes.length < 5) return false;
  const [kind, size] = [bytes[0], new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)];
  if (kind === 1 || size > 196_608) return false;
  let bucket = 128;
  while (bucket < size) bucket = bucket < 65_536 ? bucket * 2 : bucket + 65_536;
  const total = 5 + (kind === 2 ? size : bucket);
  return (
    (kind === 0 || kind === 2) && bytes.length === total && bytes.subarray(5 + size).every(byte => byte === 0)
  );
}

/** Control PDUs: untimely ones at any time, damaged ones where the honest one is due. */
async function attackControl(random: FuzzRandom, stations: Stations): Promise<HostileFrame> {
  const due = random.pick(stations.controls);
  const controls = stations.controls.map(({ control }) => control);
  for (;;) {
    const isDue = random.chance(0.8);
    const place: Place = isDue ? due : random.pick(stations.messages);
    const { mutation, bytes } = changeControl(random, due, controls);
    if (sameBytes(bytes, due.control) && isDue) continue;
    const isOfItsKind = isDue && kindOf(bytes) === kindOf(due.control);
    if (!isOfItsKind && mayBeTimely(place.receiver, bytes)) continue;
    const sealed = await sealPadded(place.sender, pad(CONTENT_CONTROL, bytes.subarray(0, MAX_BODY_BYTES)));
    return { mutation, bytes: sealed.bytes.aes, place };
  }
}

function changeControl(random: FuzzRandom, { control }: ControlStation, controls: Donors): Mutated {
  if (random.chance(0.1)) return { mutation: 'as it is', bytes: control };
  if (random.chance(0.15)) return { mutation: 'another one', bytes: random.pick(controls) };
  return random.chance(0.8) ? mutateJson(random, control, controls) : mutateBytes(random, control, controls);
}

/** The field that holds its key. */
function kindOf(control: Uint8Array): string {
  return /"(ek|ct|x25519)":/.exec(new TextDecoder().decode(control))?.[1] ?? 'none';
}

/** Where no honest control PDU of its kind is at hand to compare with, none is sent that a peer might send just now. */
function mayBeTimely({ kem, aes, role }: PairState, bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const gen = Number(/"gen":(\d+)/.exec(text)?.[1]);
  if (text.includes('"x25519"')) return gen === aes.generation + 1;
  const isSendersTurn = (gen % 2 === 0) !== (role === 'A');
  return gen === kem.generation + 1 && (isSendersTurn || kem.offer !== null);
}

/** Layers left out, swapped or doubled by a sender with all keys. */
async function attackLayerList(random: FuzzRandom, stations: Stations): Promise<HostileFrame> {
  const place = random.pick(stations.messages);
  const order = [...LAYER_IDS.slice(0, 3)];
  const edit = random.pick(['left out', 'swapped', 'doubled'] as const);
  const index = random.int(3);
  if (edit === 'left out') order.splice(index, 1 + random.int(3 - index));
  if (edit === 'doubled') order.splice(index, 0, order[index] as LayerId);
  if (edit === 'swapped') [order[0], order[index || 1]] = [order[index || 1] as LayerId, order[0] as LayerId];
  let bytes: Uint8Array = place.honest.padded;
  const states: Record<LayerId, unknown> = { ...pick(place.sender) };
  for (const id of [...order, 'aes' as const]) {
    const step = await layerAt(id).seal(states[id], bytes);
    states[id] = step.next;
    bytes = step.bytes;
  }
  return { mutation: edit, bytes, place };
}

function pick({ mls, signal, kem, aes }: PairState): Record<LayerId, unknown> {
  return { mls, signal, kem, aes };
}
