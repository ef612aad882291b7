/**
 * Bugs planted on purpose: the simulator is worth something only if it finds them. Each takes the place of a method of
 * the product while a run lasts; product code knows nothing of it.
 */
import { VaultKeys } from '@enk/crypto-core';
import { ConversationStore } from '../../delivery/conversation-store.ts';
import { Inflow } from '../../delivery/inflow.ts';
import { encodePdu } from '../../pdu/codec.ts';
import { Journal } from '../../storage/journal/journal.ts';
import { SeededRandom } from './random.ts';

export interface Plant {
  readonly name: string;
  /** What the bug is, as the end of a sentence. */
  readonly title: string;
  /** The first seed of two people and so many steps that finds it. */
  readonly seed: number;
  readonly steps: number;
  /** What the simulator must say. */
  readonly finds: RegExp;
  /** Plants the bug; returns what takes it out. */
  plant(): () => void;
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'early-ack',
    title: 'an ack before the commit',
    seed: 10,
    steps: 1_000,
    finds: /told of a restored copy, and there was none|stored ".*", expected/,
    plant() {
      const { accept } = Inflow.prototype;
      Inflow.prototype.accept = async function (session, pdu, timer) {
        const { incarnation, seq } = pdu;
        await session.send(encodePdu({ type: 'ack', incarnation, seq }), 'control').catch(() => undefined);
        // A store that takes its time, as one without a journal does: the bug shows while it does.
        for (let turn = 0; turn < 12; turn++) await crypto.subtle.digest('SHA-256', new Uint8Array(1));
        return accept.call(this, session, pdu, timer);
      };
      return () => {
        Inflow.prototype.accept = accept;
      };
    },
  },
  {
    name: 'no-dedupe',
    title: 'a skipped dedupe',
    seed: 1,
    steps: 1_000,
    finds: /stored ".*", expected (nothing|")/,
    plant() {
      const { storeIncoming } = ConversationStore.prototype;
      ConversationStore.prototype.storeIncoming = function (pdus, nowMs) {
        const held = new Map(this.record.peer.map(({ incarnation, heldSeq }) => [incarnation, heldSeq]));
        const taken = pdus.map(pdu => {
          const seq = Math.max(pdu.seq, (held.get(pdu.incarnation) ?? 0) + 1);
          held.set(pdu.incarnation, seq);
          return { ...pdu, seq };
        });
        return storeIncoming.call(this, taken, nowMs);
      };
      return () => {
        ConversationStore.prototype.storeIncoming = storeIncoming;
      };
    },
  },
  {
    name: 'early-restart',
    title: 'a journal that starts over before the database is flushed',
    seed: 2,
    steps: 250,
    finds: /a message that was durable is gone|stuck/,
    plant() {
      const { append } = Journal.prototype;
      Journal.prototype.append = async function (entry) {
        if (await append.call(this, entry)) return true;
        this.restart();
        return append.call(this, entry);
      };
      return () => {
        Journal.prototype.append = append;
      };
    },
  },
  {
    name: 'fixed-salt',
    title: 'a salt of records that is not random',
    seed: 1,
    steps: 250,
    finds: /a key and nonce sealed two plaintexts/,
    plant() {
      const { sealRecord } = VaultKeys.prototype;
      const { fill } = SeededRandom.prototype;
      let isSealing = false;
      SeededRandom.prototype.fill = function (bytes) {
        if (isSealing) bytes.fill(7);
        else fill.call(this, bytes);
      };
      VaultKeys.prototype.sealRecord = function (place, plaintext) {
        isSealing = true; // the salt is drawn before the call returns its promise
        try {
          return sealRecord.call(this, place, plaintext);
        } finally {
          isSealing = false;
        }
      };
      return () => {
        SeededRandom.prototype.fill = fill;
        VaultKeys.prototype.sealRecord = sealRecord;
      };
    },
  },
];
