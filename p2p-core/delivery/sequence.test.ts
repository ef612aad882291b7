import { expect } from '@esm-bundle/chai';
import { MAX_CURSORS_PER_PDU } from '../limits.ts';
import type { ConversationRecord } from '../storage/records.ts';
import {
  NOTHING_ACKED,
  acceptIncoming,
  applyAck,
  assignOutgoing,
  closePast,
  currentSequence,
  heldPoints,
  lostOfEarlier,
  newConversation,
  pendingCount,
  reconcile,
  reincarnate,
  rewindAcked,
  withdrawAcked,
} from './sequence.ts';

const digest = 'digest';

function withSent(count: number, acked = 0): ConversationRecord {
  let conversation = newConversation('mine', 0);
  for (let index = 0; index < count; index++) conversation = assignOutgoing(conversation, index).next;
  const applied = applyAck(conversation, { incarnation: 'mine', seq: acked }, 'ackedSeq');
  return applied.kind === 'advanced' ? applied.next : conversation;
}

function withHeld(count: number): ConversationRecord {
  let conversation = newConversation('mine', 0);
  for (let seq = 1; seq <= count; seq++) {
    const accepted = acceptIncoming(conversation, { incarnation: 'theirs', seq, digest: `d${seq}` }, seq);
    if (accepted.kind !== 'store') throw new Error('not stored');
    conversation = accepted.next;
  }
  return conversation;
}

describe('sequence', () => {
  it('P2P-DEL-02: own messages get dense seqs from 1 and dense positions', () => {
    const first = assignOutgoing(newConversation('mine', 0), 1);
    const second = assignOutgoing(first.next, 2);
    expect([first.point, second.point]).to.deep.equal([
      { incarnation: 'mine', seq: 1 },
      { incarnation: 'mine', seq: 2 },
    ]);
    expect([first.position, second.position]).to.deep.equal([0, 1]);
    expect(pendingCount(second.next)).to.equal(2);
  });

  it('P2P-DEL-06: the next seq is stored, a known one is a duplicate, a gap is refused', () => {
    const conversation = withHeld(3);
    const accept = (seq: number) => acceptIncoming(conversation, { incarnation: 'theirs', seq, digest }, 9);
    expect(accept(4)).to.have.property('kind', 'store');
    expect(accept(3)).to.deep.equal({ kind: 'duplicate', heldSeq: 3 });
    expect(accept(1)).to.deep.equal({ kind: 'duplicate', heldSeq: 3 });
    expect(accept(5)).to.deep.equal({ kind: 'refused' });
    const other = acceptIncoming(conversation, { incarnation: 'other', seq: 2, digest }, 9);
    expect(other).to.deep.equal({ kind: 'refused' });
    expect(conversation.unreadCount).to.equal(3);
  });

  it('P2P-DEL-06: a peer may not have more incarnations than a cursors PDU lists', () => {
    let conversation = newConversation('mine', 0);
    for (let index = 0; index < MAX_CURSORS_PER_PDU; index++) {
      const accepted = acceptIncoming(conversation, { incarnation: `i${index}`, seq: 1, digest }, 1);
      if (accepted.kind === 'store') conversation = accepted.next;
    }
    expect(heldPoints(conversation)).to.have.length(MAX_CURSORS_PER_PDU);
    const more = acceptIncoming(conversation, { incarnation: 'more', seq: 1, digest }, 1);
    expect(more).to.deep.equal({ kind: 'refused' });
  });

  it('P2P-DEL-05: acknowledgements are cumulative, idempotent, and never ahead of what was sent', () => {
    const conversation = withSent(5, 2);
    const ack = (seq: number, incarnation = 'mine') =>
      applyAck(conversation, { incarnation, seq }, 'ackedSeq');
    expect(ack(4)).to.have.property('fromSeq', 3);
    expect(ack(2)).to.deep.equal({ kind: 'nothing' });
    expect(ack(6)).to.deep.equal({ kind: 'refused' });
    expect(ack(99, 'forgotten')).to.deep.equal({ kind: 'nothing' });
  });

  it('P2P-DEL-08: a peer that holds more than we numbered shows that we are a restored copy', () => {
    const facts = { ackedAtOpen: NOTHING_ACKED, ownDigest: null };
    const conversation = withSent(3);
    const held = (seq: number, incarnation = 'mine') => [{ incarnation, seq, digest }];
    expect(reconcile(conversation, held(4), facts).kind).to.equal('own-copy-restored');
    expect(reconcile(conversation, held(1, 'unknown'), facts).kind).to.equal('own-copy-restored');
    expect(reconcile(conversation, held(3), facts)).to.deep.equal({ kind: 'in-step', heldSeq: 3 });
    const other = { ackedAtOpen: NOTHING_ACKED, ownDigest: 'another' };
    expect(reconcile(conversation, held(3), other).kind).to.equal('own-copy-restored');
    const same = { ackedAtOpen: NOTHING_ACKED, ownDigest: digest };
    expect(reconcile(conversation, held(3), same).kind).to.equal('in-step');
  });

  it('P2P-DEL-08: a new incarnation starts at 1, and the same cursors do not look ahead again', () => {
    const held = [
      { incarnation: 'mine', seq: 9, digest },
      { incarnation: 'unknown', seq: 4, digest },
    ];
    const next = reincarnate(withSent(3), held, 'fresh');
    expect(currentSequence(next)).to.deep.equal({
      incarnation: 'fresh',
      nextSeq: 1,
      ackedSeq: 0,
      readSeq: 0,
      closedSeq: 0,
    });
    expect(reconcile(next, held, { ackedAtOpen: NOTHING_ACKED, ownDigest: null }).kind).to.equal('in-step');
  });

  it('P2P-DEL-09: a peer that holds less than it acknowledged before is a restored copy', () => {
    const conversation = withSent(5, 4);
    const found = reconcile(conversation, [{ incarnation: 'mine', seq: 2, digest }], {
      ackedAtOpen: { incarnation: 'mine', seq: 4 },
      ownDigest: null,
    });
    expect(found).to.deep.equal({ kind: 'peer-copy-restored', heldSeq: 2 });
    expect(pendingCount(rewindAcked(conversation, 2))).to.equal(3);
  });

  it('P2P-DEL-09: what was acknowledged of an incarnation that is over says nothing about the current one', () => {
    const next = reincarnate(withSent(5, 4), [{ incarnation: 'mine', seq: 4 }], 'fresh');
    const held = [{ incarnation: 'mine', seq: 4, digest }];
    const found = reconcile(next, held, { ackedAtOpen: { incarnation: 'mine', seq: 4 }, ownDigest: null });
    expect(found, 'a link that opened before').to.deep.equal({ kind: 'in-step', heldSeq: 0 });
  });

  it('P2P-DEL-09, P2P-DEL-11: what a restored peer lost of earlier incarnations is known, until it is closed', () => {
    const next = reincarnate(withSent(5, 4), [{ incarnation: 'mine', seq: 4 }], 'fresh');
    const held = [{ incarnation: 'mine', seq: 2 }];
    const lost = [{ incarnation: 'mine', firstSeq: 3, lastSeq: 4 }];
    expect(lostOfEarlier(next, held)).to.deep.equal(lost);
    expect(lostOfEarlier(next, [{ incarnation: 'mine', seq: 4 }])).to.deep.equal([]);
    expect(lostOfEarlier(withdrawAcked(next, lost), held), 'numbered anew').to.deep.equal([]);
    expect(lostOfEarlier(closePast(next), []), 'a stranger gets nothing').to.deep.equal([]);
  });

  it('P2P-DEL-09: cursors written before an ack that came by another link are no restore', () => {
    const conversation = withSent(5, 4);
    const held = [{ incarnation: 'mine', seq: 2, digest }];
    const found = reconcile(conversation, held, {
      ackedAtOpen: { incarnation: 'mine', seq: 2 },
      ownDigest: null,
    });
    expect(found).to.deep.equal({ kind: 'in-step', heldSeq: 2 });
  });
});
