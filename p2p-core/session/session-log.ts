/**
 * What became of the links to each contact, for the person who asks why: codes of a closed list, times and counts, in
 * memory, bounded. Decides nothing, and holds no secret, no address and nothing that a peer wrote. P2P-DIA-02.
 */
import { CryptoCoreError, ProfileMismatchError } from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import { MAX_LOGGED_ERRORS } from '../limits.ts';
import type { DiagnosticCode, HandshakeKind, LoggedError } from '../worker/diagnostics.ts';
import type { PskKind } from './handshake-policy.ts';
import type { Link } from './link.ts';

interface History {
  sessions: number;
  /** Newest first. */
  errors: readonly LoggedError[];
}

const HANDSHAKE_KINDS: readonly HandshakeKind[] = ['none', 'invite', 'pair-secret'];

export class SessionLog {
  /** Null: whoever is no contact. */
  readonly #histories = new Map<string | null, History>();
  readonly #handshakes = new WeakMap<Link, HandshakeKind>();
  readonly #failures = new WeakMap<Link, DiagnosticCode>();

  /** The link became a session of this contact, by a handshake with this kind of pre-shared key. */
  ready(link: Link, contactId: string, pskKind: PskKind): void {
    this.#handshakes.set(link, HANDSHAKE_KINDS[pskKind] ?? 'none');
    this.#history(contactId).sessions += 1;
  }

  /** The handshake failed, and that is why the link will end; unless it has ended, and the handshake by that. */
  failed(link: Link, error: unknown): void {
    if (link.stage !== 'closed') this.#failures.set(link, codeOfError(error));
  }

  /** The link is over. What we ended by our own wish is no error. */
  ended(link: Link, contactId: string | null, nowMs: number): void {
    const code = this.#failures.get(link) ?? codeOfEnd(link, this.#handshakes.has(link));
    if (code === null) return;
    const history = this.#history(contactId);
    const [last, ...older] = history.errors;
    const isAgain = last?.code === code;
    const entry: LoggedError = { code, atMs: nowMs, count: isAgain ? last.count + 1 : 1 };
    history.errors = [entry, ...(isAgain ? older : history.errors)].slice(0, MAX_LOGGED_ERRORS);
  }

  forget(contactId: string): void {
    this.#histories.delete(contactId);
  }

  handshakeOf(link: Link): HandshakeKind {
    return this.#handshakes.get(link) ?? 'none';
  }

  /** Sessions since the profile was opened. */
  sessionCount(contactId: string): number {
    return this.#histories.get(contactId)?.sessions ?? 0;
  }

  /** Newest first; null for those who are no contacts. */
  errors(contactId: string | null): readonly LoggedError[] {
    return this.#histories.get(contactId)?.errors ?? [];
  }

  #history(contactId: string | null): History {
    const known = this.#histories.get(contactId) ?? { sessions: 0, errors: [] };
    this.#histories.set(contactId, known);
    return known;
  }
}

/** Why a handshake failed. */
function codeOfError(error: unknown): DiagnosticCode {
  if (error instanceof ProfileMismatchError) return `other-${error.difference}`;
  if (!(error instanceof CryptoCoreError) && !(error instanceof P2pError)) return 'internal';
  switch (error.code) {
    case 'protocol-error':
    case 'identity-refused':
    case 'own-identity':
    case 'no-common-psk':
    case 'invite-expired':
    case 'contact-blocked':
    case 'refused':
      return error.code;
    case 'storage-unavailable':
    case 'storage-conflict':
    case 'storage-full':
    case 'storage-corrupt':
      return 'storage';
    default:
      return 'internal';
  }
}

/** Why a link ended that no failed handshake explains; null when we wanted it to. */
function codeOfEnd({ closeReason, failure }: Link, wasReady: boolean): DiagnosticCode | null {
  if (closeReason === null || failure === 'local') return null;
  if (closeReason === 'closed-remotely') return failure === 'peer-fault' ? 'refused-by-peer' : closeReason;
  if (closeReason !== 'closed-locally') return closeReason;
  if (failure === 'peer-fault') return 'protocol-error';
  return wasReady ? 'session-ended' : 'timeout';
}
