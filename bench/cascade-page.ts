/**
 * Runs in the page of cascade.bench.ts: the whole cascade between two ends in one realm, one message at a time, and
 * AES-GCM alone in the same loop. The clock of a cross-origin isolated page counts in 5 µs.
 */
import { randomBytes } from '../crypto-core/bytes/random.ts';
import { wipe } from '../crypto-core/bytes/wipe.ts';
import { aesLayer } from '../crypto-core/aes/aes-layer.ts';
import type { CipherLayer } from '../crypto-core/cascade/cipher-layer.ts';
import { CONTENT_PDU, pad } from '../crypto-core/cascade/padding.ts';
import type { PairState } from '../crypto-core/cascade/pair-state.ts';
import { openFrame, sealFrame } from '../crypto-core/cascade/pair-state.ts';
import { kemLayer } from '../crypto-core/ml-kem/kem-layer.ts';
import { mlsLayer } from '../crypto-core/mls/mls-layer.ts';
import { signalLayer } from '../crypto-core/signal/signal-layer.ts';
import { makePairStates } from '../crypto-core/test/support/make-pair.ts';
import type { Both } from '../crypto-core/test/support/make-pair.ts';

/** Times of one size, in µs; sizes in bytes. */
export interface SizeRun {
  readonly sealUs: number[];
  readonly openUs: number[];
  /** Encrypt plus decrypt of the same padded bytes. */
  readonly aesGcmUs: number[];
  readonly overheadBytes: number;
}

/** Seal plus open of one layer alone, in µs. */
export interface LayerRun {
  readonly name: string;
  readonly totalUs: number[];
}

const WARM_UPS = 30;
let pair: Both<PairState>;
let gcmKey: CryptoKey;

async function timed<T>(work: () => Promise<T>): Promise<{ us: number; result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { us: (performance.now() - startedAt) * 1_000, result };
}

async function aesGcmAlone(plaintext: Uint8Array): Promise<void> {
  const iv = randomBytes(12);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, gcmKey, plaintext as BufferSource);
  await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, gcmKey, sealed);
}

const bench = {
  async open(): Promise<void> {
    pair = await makePairStates();
    gcmKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  },

  /** `runs` messages from A to B. With `turns`, B answers each, so that every message steps the DH ratchet. */
  async run(sizeBytes: number, runs: number, turns: boolean): Promise<SizeRun> {
    const body = randomBytes(Math.min(sizeBytes, 65_536));
    const run = {
      sealUs: [] as number[],
      openUs: [] as number[],
      aesGcmUs: [] as number[],
      overheadBytes: 0,
    };
    const plaintext = pad(CONTENT_PDU, body);
    for (let i = -WARM_UPS; i < runs; i++) {
      const from = turns && i % 2 !== 0 ? 'b' : 'a';
      const to = from === 'a' ? 'b' : 'a';
      const sealed = await timed(() => sealFrame(pair[from], CONTENT_PDU, body));
      const opened = await timed(() => openFrame(pair[to], sealed.result.frame));
      pair = { ...pair, [from]: sealed.result.next, [to]: opened.result.next };
      wipe(...sealed.result.consumed, ...opened.result.consumed);
      const alone = await timed(() => aesGcmAlone(plaintext));
      if (i < 0) continue;
      run.sealUs.push(sealed.us);
      run.openUs.push(opened.us);
      run.aesGcmUs.push(alone.us);
      run.overheadBytes = sealed.result.frame.length - plaintext.length;
    }
    return run;
  },

  /** Each layer alone, seal plus open. */
  async layers(sizeBytes: number, runs: number): Promise<LayerRun[]> {
    const { a, b } = pair;
    return [
      await runLayer(mlsLayer, a.mls, b.mls, sizeBytes, runs),
      await runLayer(signalLayer, a.signal, b.signal, sizeBytes, runs),
      await runLayer(kemLayer, a.kem, b.kem, sizeBytes, runs),
      await runLayer(aesLayer, a.aes, b.aes, sizeBytes, runs),
    ];
  },
};

async function runLayer<State>(
  layer: CipherLayer<State>,
  a: State,
  b: State,
  sizeBytes: number,
  runs: number,
): Promise<LayerRun> {
  const plaintext = randomBytes(sizeBytes);
  const totalUs: number[] = [];
  let [sender, receiver] = [a, b];
  for (let i = -WARM_UPS; i < runs; i++) {
    const step = await timed(async () => {
      const sealed = await layer.seal(sender, plaintext);
      return { sealed, opened: await layer.open(receiver, sealed.bytes) };
    });
    [sender, receiver] = [step.result.sealed.next, step.result.opened.next];
    if (i >= 0) totalUs.push(step.us);
  }
  return { name: layer.name, totalUs };
}

export type CascadeBench = typeof bench;
declare global {
  interface Window {
    cascadeBench: CascadeBench;
  }
}
window.cascadeBench = bench;
