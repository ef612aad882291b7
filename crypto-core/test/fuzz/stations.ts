/**
 * Points of a scripted conversation at which hostile input arrives: fresh, in mid-chain, after ratchet steps, with a
 * KEM offer under way, between two generations, in mid-rotation. A station is data and is never changed.
 */
import { utf8 } from '../../bytes/utf8.ts';
import { acceptControl, renewKeys } from '../../cascade/control.ts';
import type { RenewalThresholds } from '../../cascade/control.ts';
import { CONTENT_CONTROL, CONTENT_PDU } from '../../cascade/padding.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { openFrame } from '../../cascade/pair-state.ts';
import { makePairStates } from '../support/make-pair.ts';
import type { Both } from '../support/make-pair.ts';
import { sealStepwise } from '../support/stepwise.ts';
import type { LayerBytes } from '../support/stepwise.ts';
import type { FuzzRandom } from './random.ts';
import { FUZZ_NOW_MS, withSeededPlatform } from './seeded-platform.ts';
import { deepCopy } from './state-snapshot.ts';

type Side = 'a' | 'b';

/** A hostile sender with its true state, and the receiver that is attacked. */
interface Place {
  readonly name: string;
  readonly sender: PairState;
  readonly receiver: PairState;
  /** Deep copy of `receiver`, to compare with. */
  readonly receiverBefore: PairState;
}

/** Where the sender's next message is an application PDU. */
export interface Station extends Place {
  /** The sender's honest next message, and its state after it. */
  readonly honest: LayerBytes;
  readonly senderAfter: PairState;
  /** The message after that one. */
  readonly following: LayerBytes;
  /** Messages of the sender that the receiver opened before; possibly none. */
  readonly earlier: readonly LayerBytes[];
  /** What the receiver itself would send next. */
  readonly reflected: LayerBytes;
  /** A message of another session. */
  readonly foreign: LayerBytes;
}

/** Where the receiver would accept this control PDU as the sender's next one. */
export interface ControlStation extends Place {
  readonly control: Uint8Array;
  /** The sender after it sealed the honest control PDU. */
  readonly senderAfter: PairState;
}

/** All stations of one script. */
export interface Stations {
  readonly messages: readonly Station[];
  readonly controls: readonly ControlStation[];
}

const BODY = utf8('{"type":"message","specVersion":"1.0","text":"fuzz"}');

/** Nothing is due, and a peer may renew at any time: what is refused is refused for another reason. */
export const ANY_PACE: RenewalThresholds = {
  rekeyAfterMessages: Infinity,
  rekeyAfterMs: Infinity,
  rotateAfterFrames: Infinity,
  rotateAfterMs: Infinity,
  peerRotatesAfterFrames: 0,
  peerRotatesAfterMs: 0,
};

/** A conversation in progress: the states, what each side sent that was opened, and what is under way. */
class Script {
  pair: Both<PairState>;
  readonly opened: Record<Side, LayerBytes[]> = { a: [], b: [] };
  readonly stations: Station[] = [];
  readonly controls: ControlStation[] = [];

  constructor(
    pair: Both<PairState>,
    readonly foreign: Both<LayerBytes>,
  ) {
    this.pair = pair;
  }

  async say(from: Side, times = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      const sealed = await sealStepwise(this.pair[from], CONTENT_PDU, BODY);
      this.opened[from].push(sealed.bytes);
      const { next } = await openFrame(this.pair[other(from)], sealed.bytes.aes);
      this.pair = { ...this.pair, [from]: sealed.next, [other(from)]: next };
    }
  }

  /** Starts what is due by these thresholds on one side. The peer accepts the frame; gives its answer, if any. */
  async offer(from: Side, what: 'rekey' | 'rotate'): Promise<Uint8Array | undefined> {
    const sender = this.pair[from];
    const step = await renewKeys(sender, thresholds(what), FUZZ_NOW_MS);
    this.pair = { ...this.pair, [from]: step.next };
    await this.markControl({ name: `${what}: first half`, from, sender, frame: step.frames[0] });
    return this.#waiting(from, what, step.frames[0] as Uint8Array);
  }

  /** Delivers the answer to an offer. */
  async answer(from: Side, frame: Uint8Array | undefined): Promise<void> {
    const to = other(from);
    const opened = await openFrame(this.pair[to], frame as Uint8Array);
    const step = await acceptControl(opened.next, opened.body, ANY_PACE, FUZZ_NOW_MS);
    this.pair = { ...this.pair, [to]: step.next };
  }

  async #waiting(from: Side, what: string, frame: Uint8Array): Promise<Uint8Array | undefined> {
    const to = other(from);
    await this.mark(`${what}: first half on its way`, [to]);
    const opened = await openFrame(this.pair[to], frame);
    const step = await acceptControl(opened.next, opened.body, ANY_PACE, FUZZ_NOW_MS);
    this.pair = { ...this.pair, [to]: step.next };
    const second = { name: `${what}: second half`, from: to, sender: opened.next, frame: step.frames[0] };
    await this.markControl(second);
    await this.mark(`${what}: second half on its way`, [from]);
    return step.frames[0];
  }

  /** These sides as senders of messages from here. */
  async mark(name: string, senders: readonly Side[] = ['a', 'b']): Promise<void> {
    for (const from of senders) {
      const [sender, receiver] = [this.pair[from], this.pair[other(from)]];
      const honest = await sealStepwise(sender, CONTENT_PDU, BODY);
      this.stations.push({
        name: `${name}, ${from === 'a' ? 'A to B' : 'B to A'}`,
        sender,
        receiver,
        receiverBefore: deepCopy(receiver),
        honest: honest.bytes,
        senderAfter: honest.next,
        following: (await sealStepwise(honest.next, CONTENT_PDU, BODY)).bytes,
        earlier: this.opened[from].slice(-4),
        reflected: (await sealStepwise(receiver, CONTENT_PDU, BODY)).bytes,
        foreign: this.foreign[from],
      });
    }
  }

  /** `sender`: its state before it sealed `frame`, which is undelivered. */
  async markControl(place: {
    readonly name: string;
    readonly from: Side;
    readonly sender: PairState;
    readonly frame: Uint8Array | undefined;
  }): Promise<void> {
    const { name, from, sender, frame } = place;
    const receiver = this.pair[other(from)];
    const { kind, body } = await openFrame(receiver, frame as Uint8Array);
    if (kind !== CONTENT_CONTROL) throw new RangeError('not a control frame');
    const senderAfter = this.pair[from];
    const receiverBefore = deepCopy(receiver);
    this.controls.push({ name, sender, senderAfter, receiver, receiverBefore, control: body.slice() });
  }
}

/** The same stations for the same seed. */
export function makeStations(random: FuzzRandom): Promise<Stations> {
  return withSeededPlatform(random, async () => {
    const stranger = await makePairStates(FUZZ_NOW_MS);
    const foreign = {
      a: (await sealStepwise(stranger.a, CONTENT_PDU, BODY)).bytes,
      b: (await sealStepwise(stranger.b, CONTENT_PDU, BODY)).bytes,
    };
    const script = new Script(await makePairStates(FUZZ_NOW_MS), foreign);
    await script.mark('fresh');
    await script.say('a', 3);
    await script.mark('after three one way');
    await script.say('b', 2);
    await script.say('a');
    await script.mark('after ratchet steps');
    for (const [what, from] of [
      ['rekey', 'b'],
      ['rotate', 'a'],
      ['rekey', 'a'],
      ['rotate', 'b'],
    ] as const) {
      const answer = await script.offer(from, what);
      await script.answer(other(from), answer);
      await script.mark(`${what}: between two generations`);
      await script.say('b');
      await script.say('a');
      await script.mark(`after a ${what}`);
    }
    return { messages: script.stations, controls: script.controls };
  });
}

function thresholds(what: 'rekey' | 'rotate'): RenewalThresholds {
  return what === 'rekey' ? { ...ANY_PACE, rekeyAfterMessages: 1 } : { ...ANY_PACE, rotateAfterFrames: 1 };
}

function other(side: Side): Side {
  return side === 'a' ? 'b' : 'a';
}
