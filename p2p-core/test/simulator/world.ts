/**
 * The simulated world of one run: queue, time, storage, network, cryptography under control, and what watches them:
 * no key and nonce twice, nothing readable on the wire.
 */
import { createHash } from 'node:crypto';
import type { SignalEngine } from '@enk/crypto-core';
import { NonceLedger } from './nonce-ledger.ts';
import { SeededRandom } from './random.ts';
import { takeOverCrypto } from './sim-crypto.ts';
import { SimNetwork, type SimTransport, type WireTap } from './sim-network.ts';
import { SimStorage } from './sim-storage.ts';
import { SimTime } from './sim-time.ts';
import { SecretScan } from './secret-scan.ts';
import { TaskQueue } from './task-queue.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly signalEngine: SignalEngine;
  /** See SimCryptoOptions. */
  readonly webCrypto: boolean;
}

export class World {
  readonly queue: TaskQueue;
  readonly signalEngine: SignalEngine;
  readonly time = new SimTime();
  readonly storage: SimStorage;
  readonly network: SimNetwork;
  readonly ledger = new NonceLedger();
  readonly secrets = new SecretScan();
  frames = 0;
  wireBytes = 0;
  /** What went wrong where nobody could be told: inside a call of a device. */
  readonly violations: unknown[] = [];
  readonly #wire = createHash('sha256');
  readonly #giveBack: (() => void)[];

  constructor({ seed, webCrypto, signalEngine }: WorldOptions, onAnswer: WireTap['onAnswer']) {
    this.signalEngine = signalEngine;
    this.queue = new TaskQueue(new SeededRandom(seed, 'tasks'));
    this.storage = new SimStorage(this.queue);
    const entropy = new SeededRandom(seed, 'entropy');
    const ledger = {
      record: (...args: Parameters<NonceLedger['record']>) => this.#watch(() => this.ledger.record(...args)),
    };
    const giveBackCrypto = takeOverCrypto({ queue: this.queue, entropy, ledger, webCrypto });
    const fingerprint = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));
    const onSent = (_from: SimTransport, bytes: Uint8Array): void => this.#watch(() => this.#sent(bytes));
    this.network = new SimNetwork(this.queue, { onSent, onAnswer }, fingerprint, () => this.time.nowMs);
    const { now } = Date;
    Date.now = () => this.time.nowMs;
    const onRejection = (error: unknown): void => void this.violations.push(error);
    process.on('unhandledRejection', onRejection);
    this.#giveBack = [
      giveBackCrypto,
      () => {
        Date.now = now;
      },
      () => void process.off('unhandledRejection', onRejection),
      () => this.storage.close(),
    ];
  }

  #sent(bytes: Uint8Array): void {
    this.frames += 1;
    this.wireBytes += bytes.length;
    this.#wire.update(bytes);
    const kind = bytes[1];
    if (bytes[0] !== 1 || (kind !== 0 && kind !== 1 && kind !== 2)) throw new Error('an unknown frame left');
    this.secrets.assertAbsent([bytes], 'on the wire');
  }

  /** First bytes of the hash of everything that left, in order. Call once. */
  wireDigest(): string {
    return this.#wire.digest('hex').slice(0, 12);
  }

  #watch(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.violations.push(violation);
    }
  }

  /** Throws the first thing that went wrong. */
  assertSound(): void {
    const [violation] = this.violations;
    if (violation !== undefined) throw violation;
  }

  /** Gives the process back what was taken over. */
  close(): void {
    for (const giveBack of this.#giveBack) giveBack();
  }
}
