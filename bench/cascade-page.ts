/**
 * Runs in the page of cascade.bench.ts: the whole cascade between two ends in one realm with either Signal engine, and
 * AES-GCM alone, message by message in one loop; each layer alone; and other libraries on the same text.
 */
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { aesLayer } from '../crypto-core/aes/aes-layer.ts';
import { randomBytes } from '../crypto-core/bytes/random.ts';
import { wipe } from '../crypto-core/bytes/wipe.ts';
import type { CipherLayer } from '../crypto-core/cascade/cipher-layer.ts';
import { CONTENT_PDU, pad } from '../crypto-core/cascade/padding.ts';
import { createPairState, openFrame, sealFrame } from '../crypto-core/cascade/pair-state.ts';
import type { PairState } from '../crypto-core/cascade/pair-state.ts';
import { kemLayer } from '../crypto-core/ml-kem/kem-layer.ts';
import { mlsLayer } from '../crypto-core/mls/mls-layer.ts';
import type { SignalEngine } from '../crypto-core/signal/engine.ts';
import { enkSignalEngine } from '../crypto-core/signal/enk-engine.ts';
import { makeSession } from '../crypto-core/test/conformance/engine-session.ts';
import { makeIdentity, makeKemRoots, makeMlsPair } from '../crypto-core/test/support/make-pair.ts';
import type { Both } from '../crypto-core/test/support/make-pair.ts';
import type { Rival } from './rival.ts';
import { createMatrixRivals } from './rival-matrix.ts';
import { createWireRival } from './rival-wire.ts';

/** Times in µs. */
export interface Timings {
  readonly sealUs: number[];
  readonly openUs: number[];
}

/** One size with one engine. */
export interface SizeRun {
  readonly cascade: Timings;
  /** Encrypt plus decrypt of the same padded bytes. */
  readonly aesGcmUs: readonly number[];
  readonly overheadBytes: number;
}

/** Seal plus open of one layer alone, in µs. */
export interface LayerRun {
  readonly name: string;
  readonly totalUs: number[];
}

/** Another library, or why it did not run. */
export type RivalRun =
  | { readonly kind: 'ran'; readonly name: string; readonly timings: Timings }
  | { readonly kind: 'failed'; readonly name: string; readonly reason: string };

interface Arm {
  pair: Both<PairState<unknown>>;
  readonly timings: Timings;
}

/** The default engine, or the second one. */
export type EngineName = 'default' | 'libsignal';

const WARM_UPS = 30;

async function timed<T>(work: () => Promise<T>): Promise<{ us: number; result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { us: (performance.now() - startedAt) * 1_000, result };
}

/** The four real layer setups of a pair, with random bytes in the place of transcript and master secret. */
async function makeStates(engine: SignalEngine): Promise<Both<PairState<unknown>>> {
  const [sessionId, th1, aesRoot, nowMs] = [randomBytes(32), randomBytes(32), randomBytes(32), Date.now()];
  const mls = await makeMlsPair({ a: await makeIdentity(), b: await makeIdentity() });
  const signal = await makeSession(engine);
  const kem = await makeKemRoots(sessionId);
  const side = (role: 'A' | 'B', end: 'a' | 'b'): Promise<PairState<unknown>> => {
    const roots = { kem: kem[end], aes: aesRoot.slice() };
    const layers = { mls: mls[end], signalEngine: engine, signal: signal[end].state };
    return createPairState({ role, ...layers, ...roots, sessionId, th1, nowMs });
  };
  return { a: await side('A', 'a'), b: await side('B', 'b') };
}

/** One message through an arm; the length of its frame. */
async function pass(arm: Arm, from: 'a' | 'b', body: Uint8Array, isCounted: boolean): Promise<number> {
  const to = from === 'a' ? 'b' : 'a';
  const sealed = await timed(() => sealFrame(arm.pair[from], CONTENT_PDU, body));
  const opened = await timed(() => openFrame(arm.pair[to], sealed.result.frame));
  arm.pair = { ...arm.pair, [from]: sealed.result.next, [to]: opened.result.next };
  wipe(...sealed.result.consumed, ...opened.result.consumed);
  if (isCounted) {
    arm.timings.sealUs.push(sealed.us);
    arm.timings.openUs.push(opened.us);
  }
  return sealed.result.frame.length;
}

const bench = {
  /** `runs` messages from A to B. With `turns`, B answers, so that every message steps the DH ratchet. */
  async run(engineName: EngineName, sizeBytes: number, runs: number, turns: boolean): Promise<SizeRun> {
    const engine: SignalEngine = engineName === 'default' ? enkSignalEngine : libsignalEngine;
    const arm: Arm = { pair: await makeStates(engine), timings: { sealUs: [], openUs: [] } };
    const gcmKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    const body = randomBytes(sizeBytes);
    const padded = pad(CONTENT_PDU, body);
    const aesGcmUs: number[] = [];
    let frameBytes = 0;
    for (let i = -WARM_UPS; i < runs; i++) {
      const from = turns && i % 2 !== 0 ? 'b' : 'a';
      frameBytes = await pass(arm, from, body, i >= 0);
      const alone = await timed(() => aesGcmAlone(gcmKey, padded));
      if (i >= 0) aesGcmUs.push(alone.us);
    }
    return { cascade: arm.timings, aesGcmUs, overheadBytes: frameBytes - padded.length };
  },

  /** Each layer alone, seal plus open; both engines of the Signal layer. */
  async layers(sizeBytes: number, runs: number): Promise<LayerRun[]> {
    const { a, b } = await makeStates(enkSignalEngine);
    const other = await makeStates(libsignalEngine);
    const { layer: libsignalLayer } = libsignalEngine as SignalEngine;
    return [
      await runLayer(mlsLayer, [a.mls, b.mls], sizeBytes, runs),
      await runLayer((enkSignalEngine as SignalEngine).layer, [a.signal, b.signal], sizeBytes, runs),
      await runLayer(kemLayer, [a.kem, b.kem], sizeBytes, runs),
      await runLayer(aesLayer, [a.aes, b.aes], sizeBytes, runs),
      {
        ...(await runLayer(libsignalLayer, [other.a.signal, other.b.signal], sizeBytes, runs)),
        name: 'Signal by libsignal-ts',
      },
    ];
  },

  /** Other libraries, `runs` texts of `sizeBytes` ASCII characters from one side to the other. */
  async rivals(sizeBytes: number, runs: number): Promise<RivalRun[]> {
    const text = Array.from(randomBytes(sizeBytes), byte => String.fromCharCode(97 + (byte % 26))).join('');
    const results: RivalRun[] = [];
    for (const [name, create] of RIVALS) {
      try {
        for (const rival of await create()) results.push(await runRival(rival, text, runs));
      } catch (error) {
        results.push({ kind: 'failed', name, reason: String(error) });
      }
    }
    return results;
  },
};

const RIVALS: readonly (readonly [string, () => Promise<readonly Rival[]>])[] = [
  ['@matrix-org/matrix-sdk-crypto-wasm', createMatrixRivals],
  ['@wireapp/core-crypto', async () => [await createWireRival()]],
];

async function aesGcmAlone(key: CryptoKey, plaintext: Uint8Array): Promise<void> {
  const iv = randomBytes(12);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext as BufferSource);
  await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed);
}

async function runLayer<State>(
  layer: CipherLayer<State>,
  ends: readonly [State, State],
  sizeBytes: number,
  runs: number,
): Promise<LayerRun> {
  const plaintext = randomBytes(sizeBytes);
  const totalUs: number[] = [];
  let [sender, receiver] = ends;
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

async function runRival(rival: Rival, text: string, runs: number): Promise<RivalRun> {
  const timings: Timings = { sealUs: [], openUs: [] };
  for (let i = -WARM_UPS; i < runs; i++) {
    const sealed = await timed(() => rival.encrypt(text));
    const opened = await timed(() => rival.decrypt(sealed.result));
    if (opened.result !== text) throw new Error('another text came out');
    if (i < 0) continue;
    timings.sealUs.push(sealed.us);
    timings.openUs.push(opened.us);
  }
  return { kind: 'ran', name: rival.name, timings };
}

export type CascadeBench = typeof bench;
declare global {
  interface Window {
    cascadeBench: CascadeBench;
  }
}
window.cascadeBench = bench;
