/**
 * Runs in the page of handshake.bench.ts: whole handshakes between two ends in one realm, with the time of each flight
 * and all bytes on the wire; the parts of the layers' setups alone; and the least that any such handshake needs.
 */
import { randomBytes } from '../crypto-core/bytes/random.ts';
import {
  attempt,
  defaultIdentities,
  flightOf,
  outcomes,
  randomPsk,
} from '../crypto-core/handshake/handshake.fixture.ts';
import { computeX25519, generateX25519 } from '../crypto-core/identity/x25519.ts';
import { decapsulate, encapsulate, generateKemKeyPair } from '../crypto-core/ml-kem/ml-kem-768.ts';
import { createPairGroup, generatePairKeyPackage, joinPairGroup } from '../crypto-core/mls/pair-group.ts';
import { enkSignalEngine } from '../crypto-core/signal/enk-engine.ts';
import { agree } from '../crypto-core/test/conformance/engine-session.ts';

/** One handshake, in ms. */
export interface HandshakeRun {
  readonly totalMs: number;
  /** Until the last frame of flight 1, 2, … 6 was sent, each from the one before; then to the end on both sides. */
  readonly phasesMs: readonly number[];
  readonly frames: number;
  readonly bytes: number;
}

/** Which secret the two have in common. */
export type Acquaintance = 'strangers' | 'pair secret';

const FLIGHTS = 6;

const bench = {
  async run(acquaintance: Acquaintance): Promise<HandshakeRun> {
    await defaultIdentities();
    const psk = randomPsk(2);
    const knowing = acquaintance === 'pair secret' ? { policyA: { psks: [psk] }, knownPsks: [psk] } : {};
    const startedAt = performance.now();
    const sentAt = new Array<number>(FLIGHTS + 1).fill(startedAt);
    const done = await attempt({
      ...knowing,
      tap: ({ from, index, bytes }) => {
        sentAt[flightOf(from, index)] = performance.now();
        return [bytes];
      },
    });
    const endedAt = performance.now();
    const { a, b } = outcomes(done);
    a.session.close();
    b.session.close();
    const times = [...sentAt, endedAt];
    return {
      totalMs: endedAt - startedAt,
      phasesMs: times.slice(1).map((time, i) => time - (times[i] ?? time)),
      frames: done.frames.length,
      bytes: done.frames.reduce((sum, { bytes }) => sum + bytes.length, 0),
    };
  },

  /** What the layers' setups take, in ms. */
  async parts(): Promise<Record<string, number>> {
    const { A, B } = await defaultIdentities();
    const [groupId, nowMs] = [randomBytes(32), Date.now()];
    const times: Record<string, number> = {};
    const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const startedAt = performance.now();
      const result = await work();
      times[name] = performance.now() - startedAt;
      return result;
    };
    const keyPackage = await timed('MLS key package (B)', () =>
      generatePairKeyPackage({ identity: B, nowMs }),
    );
    const { welcome, ratchetTree } = await timed('MLS group and Welcome (A)', () =>
      createPairGroup({
        groupId,
        identity: A,
        peerKeyPackage: keyPackage.publicBytes,
        expectedPeerIdentity: B.identityKey,
        nowMs,
      }),
    );
    await timed('MLS join (B)', () =>
      joinPairGroup({
        keyPackage,
        welcome,
        ratchetTree,
        groupId,
        expectedPeerIdentity: A.identityKey,
        nowMs,
      }),
    );
    const agreement = await timed('Signal prekeys, PQXDH and first message (A and B’s prekeys)', () =>
      agree(enkSignalEngine),
    );
    await timed('Signal PQXDH and first message opened (B)', () =>
      enkSignalEngine.respond(agreement.responseInput),
    );
    await timed('ML-KEM key, encapsulation, decapsulation', exchangeKem);
    return times;
  },

  /** X25519 and ML-KEM-768 in ephemeral form, and a signature each way: in ms. */
  async bare(): Promise<number> {
    const startedAt = performance.now();
    const [a, b] = [await generateX25519(), await generateX25519()];
    await computeX25519(a.privateKey, b.publicKey);
    await computeX25519(b.privateKey, a.publicKey);
    await exchangeKem();
    const { A, B } = await defaultIdentities();
    for (const identity of [A, B]) {
      const content = randomBytes(32);
      const signature = await identity.sign('finish A', content);
      const key = await crypto.subtle.importKey(
        'raw',
        identity.identityKey as BufferSource,
        'Ed25519',
        false,
        ['verify'],
      );
      await crypto.subtle.verify('Ed25519', key, signature as BufferSource, content);
    }
    return performance.now() - startedAt;
  },
};

async function exchangeKem(): Promise<void> {
  const { seed, encapsulationKey } = await generateKemKeyPair();
  const { ciphertext } = await encapsulate(encapsulationKey);
  await decapsulate(seed, ciphertext);
}

export type HandshakeBench = typeof bench;
declare global {
  interface Window {
    handshakeBench: HandshakeBench;
  }
}
window.handshakeBench = bench;
