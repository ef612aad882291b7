/**
 * What the layers' own exchanges gave, and how they become one keyed session: an export of each enters the master
 * secret over TH1; the AES layer's root comes out of it. Both sides do exactly this. SPEC.md §8.
 */
import { deriveKey, sha256 } from '../bytes/kdf.ts';
import { utf8 } from '../bytes/utf8.ts';
import { PairSession } from '../cascade/pair-session.ts';
import { createPairState } from '../cascade/pair-state.ts';
import { deriveKemSecrets, type KemExchange } from '../ml-kem/kem-ratchet.ts';
import { exportMlsSecret, type MlsState } from '../mls/mls-state.ts';
import { deriveMasterSecrets, type MasterSecrets } from './key-schedule.ts';
import type { Run } from './run.ts';
import type { Closeable } from './secret-scope.ts';

const MLS_GROUP_LABEL = utf8('enk/v1 mls group');
const MLS_EXPORT_LABEL = 'enk/v1 hs';
const EXPORT_SIZE_BYTES = 32;

/** The pair's MLS group id: `H("enk/v1 mls group" ‖ TH0)`, 32 bytes. */
export function deriveGroupId(sessionId: Uint8Array): Uint8Array {
  return sha256(MLS_GROUP_LABEL, sessionId);
}

/** The three layers that have exchanges of their own, after them. */
export interface LayerExchange {
  readonly mls: MlsState;
  /** Of the context's engine. */
  readonly signal: unknown;
  /** 32 bytes; the caller wipes it. */
  readonly signalExportKey: Uint8Array;
  readonly kem: KemExchange;
  /** What wipes these states unless the session takes them over. */
  readonly guards: readonly Closeable[];
}

/** The session with its four layers keyed, and what else the master secret gives. */
export interface KeyedLayers {
  readonly session: PairSession;
  readonly master: MasterSecrets;
}

/** Derives the master secrets over TH1 (32 bytes) and the session. The run's scope owns both until the end. */
export async function keyLayers(run: Run, exchange: LayerExchange, th1: Uint8Array): Promise<KeyedLayers> {
  const { opening, scope, role, ctx } = run;
  const { sessionId, secrets } = opening;
  const { mls, signal } = exchange;
  const kem = scope.ownAll(deriveKemSecrets(exchange.kem, sessionId));
  const exports = scope.ownAll({
    mls: await exportMlsSecret(mls, MLS_EXPORT_LABEL, sessionId, EXPORT_SIZE_BYTES),
    signal: deriveKey(exchange.signalExportKey, 'export', sessionId),
    mlKem: kem.exportSecret,
  });
  const master = scope.ownAll(deriveMasterSecrets(secrets.s0, exports, th1));
  const roots = { kem: kem.root, aes: master.aesRoot };
  const { signalEngine } = ctx;
  const nowMs = ctx.nowMs();
  const state = await createPairState({ role, mls, signalEngine, signal, ...roots, sessionId, th1, nowMs });
  const session = scope.guard(new PairSession(state));
  for (const guard of exchange.guards) scope.release(guard);
  return { session, master };
}
