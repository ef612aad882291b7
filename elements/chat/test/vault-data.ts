/** The lock in its states, for tests and pictures of the elements. */
import type {
  LockSettings,
  ProfileSnapshot,
  UnlockMethodKind,
  UnlockMethodView,
  VaultView,
} from '@enk/context';

const EXPORTED_AT_MS = Date.UTC(2026, 10, 12);
const SET_AT_MS = Date.UTC(2026, 10, 3);
const LOCK: LockSettings = { idleMs: 900_000, hiddenMs: null, onSleep: true };

export function methodsOf(...kinds: UnlockMethodKind[]): readonly UnlockMethodView[] {
  return kinds.map((kind, index) => ({
    id: `${kind}-${index}`,
    kind,
    createdAtMs: SET_AT_MS,
    credentialId: kind === 'passkey' ? Uint8Array.of(index) : null,
  }));
}

export function vaultOf(...kinds: UnlockMethodKind[]): VaultView {
  const canLock = !kinds.includes('device');
  return {
    methods: methodsOf(...kinds),
    prfInput: new Uint8Array(32),
    canLock,
    lock: LOCK,
    lastExportAtMs: EXPORTED_AT_MS,
  };
}

export function lockedBy(
  kinds: readonly UnlockMethodKind[],
  retryAtMs: number | null = null,
): ProfileSnapshot {
  return {
    kind: 'locked',
    methods: methodsOf(...kinds),
    prfInput: new Uint8Array(32),
    retryAtMs,
    lastExportAtMs: EXPORTED_AT_MS,
  };
}
