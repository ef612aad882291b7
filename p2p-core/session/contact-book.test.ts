import { expect } from '@esm-bundle/chai';
import { HANDSHAKE_TIMEOUT_MS } from '../limits.ts';
import type { PeerId } from '../ports/transport.ts';
import { ContactRepository } from '../storage/contact-repository.ts';
import { Vault } from '../storage/vault.ts';
import { ContactBook, type HandshakeFacts } from './contact-book.ts';

const PEER_KEY = new Uint8Array(32).fill(7);

/** A handshake with the one peer of these tests; its pair secret has the id `made`. */
function facts(
  made: string,
  rest: Pick<HandshakeFacts, 'pskKind' | 'pskId' | 'startedAtMs'>,
): HandshakeFacts {
  const peerId = 'thepeersaddressthepeersaddress' as PeerId;
  return { peerKey: PEER_KEY, peerId, pairSecret: new Uint8Array(32), pairSecretId: made, ...rest };
}

describe('P2P-SES-13: the contact book', () => {
  let vault: Vault;
  let book: ContactBook;

  beforeEach(async () => {
    vault = await Vault.open(`test-${crypto.randomUUID()}`);
    book = await ContactBook.open(vault, () => undefined);
  });

  afterEach(() => vault.close());

  function commit(handshake: HandshakeFacts, nowMs: number) {
    return book.commitResponder(handshake, { name: null, nowMs, authorize: () => undefined });
  }

  it('tells a copy whose link was open before a genuine reconnect, and finished after it', async () => {
    const { id } = await commit(facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 }), 1);
    await book.confirmPairSecret(id, { id: 's1', replacedIds: [] }, 2);
    await book.update(id, contact => ({ ...contact, verification: 'verified' }));
    const genuine = await commit(facts('s2', { pskKind: 2, pskId: 's1', startedAtMs: 11 }), 12);
    expect(genuine.notice).to.equal(null);
    const copy = await commit(facts('s3', { pskKind: 0, pskId: '', startedAtMs: 10 }), 13);
    expect([copy.notice, copy.verification]).to.deep.equal(['restored-or-cloned', 'unverified']);
  });

  it('takes two first handshakes that ran at once for no copy', async () => {
    const { id } = await commit(facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 }), 5);
    await book.confirmPairSecret(id, { id: 's1', replacedIds: [] }, 6);
    const sibling = await commit(facts('s2', { pskKind: 0, pskId: '', startedAtMs: 3 }), 7);
    expect(sibling.notice).to.equal(null);
  });

  it('P2P-SES-12: a secret that was replaced still answers a hello that was on its way, and not for long', async () => {
    const { id } = await commit(facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 }), 1);
    await book.confirmPairSecret(id, { id: 's1', replacedIds: [] }, 2);
    await commit(facts('s2', { pskKind: 2, pskId: 's1', startedAtMs: 10 }), 11);
    await book.confirmPairSecret(id, { id: 's2', replacedIds: ['s1'] }, 12);
    expect(book.get(id).pairSecrets.map(secret => secret.id)).to.deep.equal(['s2']);
    expect(book.findPairSecret('s1', 13)?.contact.id).to.equal(id);
    expect(book.findPairSecret('s1', 13 + HANDSHAKE_TIMEOUT_MS)).to.equal(null);
    const sibling = await commit(facts('s3', { pskKind: 2, pskId: 's1', startedAtMs: 9 }), 14);
    expect(sibling.notice).to.equal(null);
    expect(sibling.pairSecrets.map(secret => secret.id)).to.deep.equal(['s3', 's2']);
  });

  it('P2P-SES-12: a dial replaces what it offered, which still answers a hello that was on its way', async () => {
    const { id } = await commit(facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 }), 1);
    await book.confirmPairSecret(id, { id: 's1', replacedIds: [] }, 2);
    await commit(facts('s2', { pskKind: 2, pskId: 's1', startedAtMs: 3 }), 4);
    const dialled = facts('s3', { pskKind: 2, pskId: 's1', startedAtMs: 10 });
    const options = { heldAtOpen: ['s1'], nowMs: 11, authorize: () => undefined };
    const { pairSecrets } = await book.commitInitiator(id, dialled, options);
    expect(pairSecrets.map(secret => secret.id)).to.deep.equal(['s3', 's2']);
    expect(book.findPairSecret('s1', 12)?.contact.id).to.equal(id);
    expect(book.findPairSecret('s1', 12 + HANDSHAKE_TIMEOUT_MS)).to.equal(null);
  });

  it('tells a copy also between a dial of ours and its first frame', async () => {
    const { id } = await commit(facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 }), 1);
    await book.confirmPairSecret(id, { id: 's1', replacedIds: [] }, 2);
    const dialled = facts('s2', { pskKind: 2, pskId: 's1', startedAtMs: 10 });
    await book.commitInitiator(id, dialled, { heldAtOpen: ['s1'], nowMs: 11, authorize: () => undefined });
    const copy = await commit(facts('s3', { pskKind: 0, pskId: '', startedAtMs: 9 }), 12);
    expect(copy.notice).to.equal('restored-or-cloned');
  });

  it('P2P-SES-12: a contact that an earlier version stored, with the parents of its secrets, still loads', async () => {
    const contact = await commit(facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 }), 1);
    const pairSecrets = contact.pairSecrets.map(secret => ({ ...secret, parentId: 'invite' }));
    const earlier = { ...contact, pairSecrets };
    await vault.update(batch => new ContactRepository(vault).put(batch, earlier));
    const again = await ContactBook.open(vault, () => undefined);
    expect(again.get(contact.id).pairSecrets).to.deep.equal(contact.pairSecrets);
  });

  it('P2P-DEL-11: a handshake without the common secret closes the past until the outbox was numbered anew', async () => {
    const { id } = await commit(facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 }), 1);
    await book.confirmPairSecret(id, { id: 's1', replacedIds: [] }, 2);
    expect(book.isPastClosed(id)).to.equal(false);
    await commit(facts('s2', { pskKind: 0, pskId: '', startedAtMs: 10 }), 11);
    await commit(facts('s3', { pskKind: 2, pskId: 's2', startedAtMs: 20 }), 21);
    await book.confirmPairSecret(id, { id: 's3', replacedIds: ['s2'] }, 22);
    expect(book.isPastClosed(id)).to.equal(true);
    await vault.update(batch => book.reconciled(batch, id, true));
    expect(book.isPastClosed(id)).to.equal(false);
  });

  it('stores nothing when the peer is not allowed any more', async () => {
    const authorize = (): void => {
      throw new RangeError('another key by now');
    };
    const handshake = facts('s1', { pskKind: 0, pskId: '', startedAtMs: 0 });
    const outcome = await book
      .commitResponder(handshake, { name: null, nowMs: 1, authorize })
      .catch(() => null);
    expect(outcome).to.equal(null);
    expect(book.contacts).to.have.length(0);
  });
});
