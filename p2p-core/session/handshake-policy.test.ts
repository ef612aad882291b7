import { expect } from '@esm-bundle/chai';
import type { ContactRecord, InviteRecord } from '../storage/records.ts';
import { decideAnswerer, decideDialler } from './handshake-policy.ts';

const key = (byte: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(byte);
const own = key(1);
const theirs = key(2);

function contact(change: Partial<ContactRecord> = {}): ContactRecord {
  return {
    id: 'c',
    name: 'n',
    isNameLocal: false,
    peerId: 'p',
    identityKey: theirs,
    verification: 'unverified',
    notice: null,
    isBlocked: false,
    createdAtMs: 0,
    pairSecrets: [],
    isPastClosed: false,
    invite: null,
    ...change,
  };
}

function invite(usedBy: InviteRecord['usedBy']): InviteRecord {
  return { id: 'i', secret: key(9), token: '', createdAtMs: 0, expiresAtMs: 1, usedBy };
}

const answerer = { ownKey: own, peerKey: theirs, pskKind: 2 as const, contact: contact(), keyOwner: null };
const dialler = {
  ownKey: own,
  peerKey: theirs,
  pskKind: 0 as const,
  keyOwner: null,
  addressOwner: null,
  pskOwner: null,
  invite: null,
  hasConsent: false,
};

describe('handshake policy', () => {
  it('P2P-SES-10: the answerer must have the contact’s key', () => {
    expect(decideAnswerer(answerer).kind).to.equal('allowed');
    for (const facts of [
      { ...answerer, peerKey: key(3) },
      { ...answerer, peerKey: own },
      { ...answerer, contact: contact({ identityKey: null }), keyOwner: contact({ id: 'other' }) },
    ]) {
      expect(decideAnswerer(facts)).to.deep.equal({ kind: 'refused', why: 'someone-else' });
    }
  });

  it('P2P-SES-09: an accepted invite is never answered without its secret', () => {
    const accepted = { id: key(4).slice(0, 16), secret: key(5), expiresAtMs: 1 };
    const facts = { ...answerer, pskKind: 0 as const, contact: contact({ invite: accepted }) };
    expect(decideAnswerer(facts)).to.deep.equal({ kind: 'refused', why: 'invite' });
    expect(decideAnswerer({ ...facts, pskKind: 1 }).kind).to.equal('allowed');
  });

  it('P2P-SES-10: a first contact by bare address takes the key that answers', () => {
    const facts = { ...answerer, pskKind: 0 as const, contact: contact({ identityKey: null }) };
    expect(decideAnswerer(facts).kind).to.equal('allowed');
  });

  it('P2P-SES-14: blocked contacts and our own key are refused in both directions', () => {
    const blocked = contact({ isBlocked: true });
    expect(decideAnswerer({ ...answerer, contact: blocked })).to.have.property('why', 'blocked');
    expect(decideDialler({ ...dialler, keyOwner: blocked })).to.have.property('why', 'blocked');
    expect(decideDialler({ ...dialler, peerKey: own, hasConsent: true }).kind).to.equal('refused');
  });

  it('P2P-SES-10: a pair secret belongs to one contact', () => {
    const facts = { ...dialler, pskKind: 2 as const, keyOwner: contact(), pskOwner: contact() };
    expect(decideDialler(facts).kind).to.equal('allowed');
    expect(decideDialler({ ...facts, pskOwner: contact({ id: 'other' }) }).kind).to.equal('refused');
    expect(decideDialler({ ...facts, keyOwner: null }).kind).to.equal('refused');
  });

  it('P2P-SES-11: an invite is for one identity', () => {
    const facts = { ...dialler, pskKind: 1 as const };
    expect(decideDialler({ ...facts, invite: invite(null) }).kind).to.equal('allowed');
    expect(decideDialler({ ...facts, invite: invite(theirs) }).kind).to.equal('allowed');
    expect(decideDialler({ ...facts, invite: invite(key(7)) })).to.have.property('why', 'invite');
    expect(decideDialler(facts)).to.have.property('why', 'invite');
  });

  it('P2P-SES-15: without a secret only an added address or the person’s yes lets in, and no stranger at a contact’s address', () => {
    expect(decideDialler(dialler)).to.have.property('why', 'no-consent');
    expect(decideDialler({ ...dialler, hasConsent: true }).kind).to.equal('allowed');
    expect(decideDialler({ ...dialler, keyOwner: contact() })).to.have.property('why', 'no-consent');
    expect(decideDialler({ ...dialler, keyOwner: contact(), hasConsent: true }).kind).to.equal('allowed');
    expect(decideDialler({ ...dialler, addressOwner: contact({ identityKey: null }) }).kind).to.equal(
      'allowed',
    );
    const stranger = { ...dialler, addressOwner: contact({ identityKey: key(3) }), hasConsent: true };
    expect(decideDialler(stranger)).to.have.property('why', 'someone-else');
  });
});
