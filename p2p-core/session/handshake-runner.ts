/**
 * Runs the handshake of one open link with this device's policy: which PSKs, whose identity, whether to ask the
 * person, and the one transaction. The order is the handshake's own (crypto-core); nothing is decided twice.
 * HANDSHAKE.md, P2P-SES-09 … P2P-SES-15.
 */
import {
  CryptoCoreError,
  type HandshakeContext,
  type HandshakeOutcome,
  type HandshakeResult,
  type IdentityKeys,
  type PairSession,
  type Psk,
  type SignalEngine,
  pairPsk,
  pairPskId,
  runInitiator,
  runResponder,
} from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import { CONSENT_TIMEOUT_MS, HANDSHAKE_TIMEOUT_MS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContactId } from '../worker/api.ts';
import { decodeBase64Url, encodeBase64Url } from '../storage/base64url.ts';
import type { ContactRecord, InviteRecord } from '../storage/records.ts';
import type { Consent, ConsentQueue } from './consent-queue.ts';
import type { ContactBook, HandshakeFacts, KnownPairSecret } from './contact-book.ts';
import { type Decision, type PskKind, decideAnswerer, decideDialler } from './handshake-policy.ts';
import type { Link } from './link.ts';
import { SignalSeal } from './signal-seal.ts';

export interface HandshakeEnvironment {
  readonly identity: IdentityKeys;
  readonly signalEngine: SignalEngine;
  readonly book: ContactBook;
  readonly consents: ConsentQueue;
  readonly clock: Clock;
  /** Contacts that are not answered: blocked, or out of strikes. */
  isRefused(contactId: string): boolean;
  /** The person must learn that `contactId`'s invite was tried by another. */
  inviteReused(contactId: string): void;
  /** The person must learn that somebody between us and this contact (or an invitee: null) altered a connection. */
  connectionAltered(contactId: ContactId | null): void;
}

export interface FinishedHandshake {
  readonly contactId: string;
  readonly session: PairSession;
  /** base64url PSK id of the new pair secret: confirmed by the first frame that opens. */
  readonly pairSecretId: string;
  /** Ids of the pair secrets that the peer's first frame replaces. */
  readonly replacedIds: readonly string[];
  readonly pskKind: PskKind;
  /** PSK kind 2: both sides proved a pair secret. */
  readonly hasCommonSecret: boolean;
  /** For what the two must say through the broker. */
  readonly seal: SignalSeal;
  /** TH0, 32 bytes, the same on both sides. */
  readonly sessionId: Uint8Array;
}

/** PSKs that one hello may carry. */
const MAX_PSKS = 3;

/**
 * Runs the handshake as the link's role says. Rejects with a CryptoCoreError or a P2pError; the caller closes the
 * link. A timer closes it when the peer stalls.
 */
export async function runHandshake(
  link: Link,
  contactId: string | null,
  environment: HandshakeEnvironment,
): Promise<FinishedHandshake> {
  const timeout = new StallTimer(link, environment.clock);
  try {
    return link.isOurs
      ? await dial(link, environment.book.get(contactId ?? ''), environment, timeout)
      : await answer(link, environment, timeout);
  } finally {
    timeout.stop();
  }
}

/** Closes the link when the handshake takes too long; stands still while a person decides. */
class StallTimer {
  readonly #link: Link;
  readonly #clock: Clock;
  #cancel: () => void = () => undefined;

  constructor(link: Link, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  start(delayMs: number): void {
    this.stop();
    this.#cancel = this.#clock.setTimer(delayMs, () => this.#link.close('unreachable'));
  }

  stop(): void {
    this.#cancel();
  }
}

function contextOf(link: Link, { identity, signalEngine, clock }: HandshakeEnvironment): HandshakeContext {
  const { localPeerId, remotePeerId, localFingerprint, remoteFingerprint } = link.description;
  const nowMs = (): number => clock.nowMs();
  return {
    identity,
    signalEngine,
    localPeerId,
    remotePeerId,
    localFingerprint,
    remoteFingerprint,
    signal: link.signal,
    nowMs,
  };
}

async function dial(
  link: Link,
  contact: ContactRecord,
  environment: HandshakeEnvironment,
  timeout: StallTimer,
): Promise<FinishedHandshake> {
  const { book, identity } = environment;
  // A bare address may belong to someone whose person has to decide first.
  const isBare = contact.identityKey === null;
  timeout.start(isBare ? CONSENT_TIMEOUT_MS + HANDSHAKE_TIMEOUT_MS : HANDSHAKE_TIMEOUT_MS);
  const authorize = (peerKey: Uint8Array, pskKind: 0 | 1 | 2): void =>
    assertAllowed(
      decideAnswerer({
        ownKey: identity.identityKey,
        peerKey,
        pskKind,
        contact: book.get(contact.id),
        keyOwner: book.findByIdentityKey(peerKey),
      }),
    );
  const heldAtOpen = contact.pairSecrets.map(({ id }) => id);
  const psks = offeredPsks(contact);
  const handshake = runInitiator(link, contextOf(link, environment), {
    psks,
    knowsPeer: contact.pairSecrets.length > 0,
    authorize: async (peer, pskKind) => authorize(peer.identityKey, pskKind),
    commit: async result => {
      await book.commitInitiator(contact.id, factsOf(link, result), {
        heldAtOpen,
        nowMs: environment.clock.nowMs(),
        authorize: () => authorize(result.peer.identityKey, result.pskKind),
      });
    },
  });
  const outcome = await handshake.finally(() => wipeCopies(psks));
  return finished(link, contact.id, outcome, []);
}

function offeredPsks(contact: ContactRecord): Psk[] {
  const invite: Psk[] =
    contact.invite === null ? [] : [{ kind: 1, id: contact.invite.id, secret: contact.invite.secret }];
  const newest = contact.pairSecrets.slice(0, MAX_PSKS - invite.length);
  return [...newest.map(({ secret }) => pairPsk(secret)), ...invite];
}

/** Pair secrets were copied for one handshake; an invite's is the record's own. */
function wipeCopies(psks: readonly Psk[]): void {
  for (const { kind, secret } of psks) if (kind === 2) secret.fill(0);
}

async function answer(
  link: Link,
  environment: HandshakeEnvironment,
  timeout: StallTimer,
): Promise<FinishedHandshake> {
  timeout.start(HANDSHAKE_TIMEOUT_MS);
  const { book, clock } = environment;
  const answerer = new Answerer(link, environment, timeout);
  let contactId = '';
  const handshake = runResponder(link, contextOf(link, environment), {
    mayTellVersion: answerer.mayTellVersion,
    findPsk: async (kind, id) => answerer.findPsk(kind, id),
    requestConsent: () => answerer.requestConsent(),
    knowsPeer: async key => book.findByIdentityKey(key) !== null,
    authorize: async (peer, pskKind) => answerer.authorize(peer.identityKey, pskKind),
    commit: async result => {
      const name = answerer.consent?.name ?? null;
      const contact = await book.commitResponder(factsOf(link, result), {
        name,
        nowMs: clock.nowMs(),
        authorize: () => answerer.authorize(result.peer.identityKey, result.pskKind),
      });
      contactId = contact.id;
    },
  });
  const outcome = await handshake
    .catch((error: unknown) => {
      answerer.failed(error);
      throw error;
    })
    .finally(() => wipeCopies(answerer.pairPsks));
  return finished(link, contactId, outcome, answerer.replacedIds(outcome.result));
}

/** B's policy for one link, with what it has learned so far. */
class Answerer {
  readonly #link: Link;
  readonly #environment: HandshakeEnvironment;
  readonly #timeout: StallTimer;
  #invite: InviteRecord | null = null;
  #pskOwner: ContactRecord | null = null;
  /** Whose address it is, as it was when the link opened. */
  readonly #ownerAtOpen: ContactRecord | null;
  #hasDeadInvite = false;
  /** Copies that the handshake was given. */
  readonly pairPsks: Psk[] = [];
  consent: Consent | null = null;

  constructor(link: Link, environment: HandshakeEnvironment, timeout: StallTimer) {
    this.#link = link;
    this.#environment = environment;
    this.#timeout = timeout;
    this.#ownerAtOpen = environment.book.findByPeerId(link.description.remotePeerId);
  }

  /** Contacts may, and whoever may come by an invite; to a stranger even the version is told by nobody. */
  get mayTellVersion(): boolean {
    const { book, clock } = this.#environment;
    const isOpen = ({ usedBy, expiresAtMs }: InviteRecord): boolean =>
      usedBy === null && expiresAtMs > clock.nowMs();
    return this.#ownerAtOpen !== null || book.invites.some(isOpen);
  }

  /** Pair secrets that the dialler, once it committed, needs no more: see confirmPairSecret. */
  replacedIds(result: HandshakeResult): readonly string[] {
    const heldAtOpen = this.#ownerAtOpen?.pairSecrets.map(({ id }) => id) ?? [];
    return result.pskKind === 2 ? [pskIdOf(result)] : heldAtOpen;
  }

  findPsk(kind: 1 | 2, id: Uint8Array): Psk | null {
    const pskId = encodeBase64Url(id);
    return kind === 1 ? this.#findInvite(pskId) : this.#findPairSecret(pskId);
  }

  #findPairSecret(pskId: string): Psk | null {
    const { book, clock } = this.#environment;
    const found = book.findPairSecret(pskId, clock.nowMs()) ?? this.#findHeldAtOpen(pskId);
    if (found === null) return null;
    // From whatever address it comes: nothing is computed for it.
    if (this.#environment.isRefused(found.contact.id)) throw new P2pError('refused');
    this.#pskOwner = found.contact;
    const psk = pairPsk(found.secret.secret);
    this.pairPsks.push(psk);
    return psk;
  }

  /** However many handshakes overtook this hello, and however the clock jumped meanwhile. */
  #findHeldAtOpen(pskId: string): KnownPairSecret | null {
    const owner = this.#ownerAtOpen;
    const secret = owner?.pairSecrets.find(({ id }) => id === pskId);
    const contact = owner === null ? null : this.#environment.book.find(owner.id);
    return secret === undefined || contact === null ? null : { contact, secret };
  }

  #findInvite(pskId: string): Psk | null {
    const { book, clock } = this.#environment;
    const invite = book.findInvite(pskId);
    if (invite === null || invite.expiresAtMs <= clock.nowMs()) {
      this.#hasDeadInvite = true;
      return null;
    }
    this.#invite = invite;
    return { kind: 1, id: decodeBase64Url(invite.id), secret: invite.secret };
  }

  /**
   * No known PSK. Whoever goes on from here learns our identity before proving one, so the person decides, also
   * when the address is a contact's: the broker can claim it. Only an address that the person added needs no
   * question. A dead invite is refused outright.
   */
  async requestConsent(): Promise<void> {
    const { book, consents } = this.#environment;
    const { remotePeerId } = this.#link.description;
    const owner = book.findByPeerId(remotePeerId);
    if (owner !== null && owner.identityKey === null) return;
    if (this.#hasDeadInvite) throw new P2pError('refused');
    this.#timeout.stop();
    const caller = { peerId: remotePeerId, contactId: (owner?.id ?? null) as ContactId | null };
    this.consent = await consents.ask(caller, this.#link.signal);
    this.#timeout.start(HANDSHAKE_TIMEOUT_MS);
  }

  /** A hello with a PSK of ours that does not fit this connection was made for another one. */
  failed(error: unknown): void {
    if (!(error instanceof CryptoCoreError) || error.code !== 'protocol-error') return;
    if (this.#pskOwner !== null) this.#environment.connectionAltered(this.#pskOwner.id as ContactId);
    else if (this.#currentInvite()?.usedBy === null) this.#environment.connectionAltered(null);
  }

  authorize(peerKey: Uint8Array, pskKind: 0 | 1 | 2): void {
    const { book, identity } = this.#environment;
    const decision = decideDialler({
      ownKey: identity.identityKey,
      peerKey,
      pskKind,
      keyOwner: book.findByIdentityKey(peerKey),
      addressOwner: book.findByPeerId(this.#link.description.remotePeerId),
      pskOwner: this.#pskOwner,
      invite: this.#currentInvite(),
      hasConsent: this.consent !== null,
    });
    if (decision.kind === 'refused' && decision.why === 'invite') this.#tellReuse();
    assertAllowed(decision);
  }

  /** As it is now: another link may have consumed it since its PSK was looked up. */
  #currentInvite(): InviteRecord | null {
    return this.#invite === null ? null : this.#environment.book.findInvite(this.#invite.id);
  }

  #tellReuse(): void {
    const usedBy = this.#currentInvite()?.usedBy ?? null;
    const user = usedBy === null ? null : this.#environment.book.findByIdentityKey(usedBy);
    if (user !== null) this.#environment.inviteReused(user.id);
  }
}

function factsOf(link: Link, result: HandshakeResult): HandshakeFacts {
  return {
    peerKey: result.peer.identityKey,
    peerId: link.description.remotePeerId,
    pskKind: result.pskKind,
    pskId: pskIdOf(result),
    pairSecret: result.pairSecret,
    pairSecretId: encodeBase64Url(pairPskId(result.pairSecret)),
    startedAtMs: link.startedAtMs,
  };
}

function pskIdOf({ psk }: HandshakeResult): string {
  return psk === null ? '' : encodeBase64Url(psk.id);
}

async function finished(
  { description: { role } }: Link,
  contactId: string,
  { result, session }: HandshakeOutcome,
  replacedIds: readonly string[],
): Promise<FinishedHandshake> {
  const pairSecretId = encodeBase64Url(pairPskId(result.pairSecret));
  result.pairSecret.fill(0); // the vault has its own copy
  const seal = await SignalSeal.derive(result.exporter, role).finally(() => result.exporter.fill(0));
  return {
    contactId,
    session,
    pairSecretId,
    replacedIds,
    pskKind: result.pskKind,
    hasCommonSecret: result.pskKind === 2,
    seal,
    sessionId: result.sessionId,
  };
}

function assertAllowed(decision: Decision): void {
  if (decision.kind === 'allowed') return;
  const codes = {
    'someone-else': 'identity-refused',
    invite: 'invite-expired',
    blocked: 'contact-blocked',
    'no-consent': 'refused',
  } as const;
  throw new P2pError(codes[decision.why]);
}
