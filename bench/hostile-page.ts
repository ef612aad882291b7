/**
 * Alice is attacked, Bob talks with her: three threads of one page, each with the whole of p2p-core or, for the
 * attackers, real handshake and cascade with whatever they send by them. Measured is Bob's message, from the request
 * to its acknowledgement after Alice's commit. `hostile.bench.ts` runs it.
 */
import { Peer } from '../p2p-core/test/support/peer.ts';
import { TestNetwork } from '../p2p-core/test/support/test-network.ts';
import { type AttackCount, type AttackName, Attacker } from './hostile-attacks.ts';
import { NetworkedWorker, joinNetwork } from './hostile-bridge.ts';

/** Contacts that attack at once. */
const ATTACKERS = 1;
/** Messages before those that are measured. */
const WARM_UPS = 10;

interface AttackRequest {
  readonly attack: AttackName;
  readonly victim: string;
  readonly tokens: readonly string[];
}

function beAlice(): void {
  const network = joinNetwork(async name => {
    const alice = await peer;
    if (name === 'address') return alice.transport.peerId;
    return (await alice.core.createInvite({})).token;
  });
  const peer = Peer.start(network, 'Alice');
}

function beMallory(): void {
  let attackers: Attacker[] = [];
  let running: Promise<AttackCount>[] = [];
  const network = joinNetwork(async (name, parameter) => {
    if (name === 'stop') {
      for (const attacker of attackers) attacker.stop();
      return Promise.all(running);
    }
    const { attack, victim, tokens } = parameter as AttackRequest;
    attackers = tokens.map(() => new Attacker(network, crypto.randomUUID()));
    running = attackers.map((attacker, index) => attacker.run(attack, victim, tokens[index] as string));
    return null;
  });
}

async function bePage() {
  const network = new TestNetwork();
  network.isRecording = false;
  const alice = new NetworkedWorker(network, import.meta.url, 'alice');
  const mallory = new NetworkedWorker(network, import.meta.url, 'mallory');
  const bob = await Peer.start(network, 'Bob');
  const token = (await alice.call('invite')) as string;
  await bob.core.acceptInvite({ token, name: '' });
  await bob.untilReady();

  /** Milliseconds of `runs` messages, one after the other. */
  async function talk(runs: number): Promise<readonly number[]> {
    const tookMs: number[] = [];
    for (let index = -WARM_UPS; index < runs; index++) {
      const startedAtMs = performance.now();
      await bob.send(`message ${index}`);
      await bob.untilDelivered();
      if (index >= 0) tookMs.push(performance.now() - startedAtMs);
    }
    bob.events.length = 0;
    return tookMs;
  }

  const bench = {
    talk,
    async attack(
      attack: AttackName,
      runs: number,
    ): Promise<{ tookMs: readonly number[]; count: AttackCount }> {
      const tokens: string[] = [];
      for (let index = 0; index < ATTACKERS; index++) tokens.push((await alice.call('invite')) as string);
      const victim = await alice.call('address');
      await mallory.call('start', { attack, victim, tokens });
      const tookMs = await talk(runs);
      const counts = (await mallory.call('stop')) as AttackCount[];
      const sum = (field: keyof AttackCount): number => counts.reduce((total, of) => total + of[field], 0);
      return {
        tookMs,
        count: { sessions: sum('sessions'), refused: sum('refused'), frames: sum('frames') },
      };
    },
  };
  return bench;
}

export type HostileBench = Awaited<ReturnType<typeof bePage>>;
declare global {
  interface Window {
    hostileBench: HostileBench;
  }
}

if (typeof document !== 'undefined') window.hostileBench = await bePage();
else if (self.name === 'alice') beAlice();
else beMallory();
