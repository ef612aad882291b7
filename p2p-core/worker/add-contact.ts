/** A contact by the bare address that a person typed: nothing about it is proven before its first handshake. */
import { P2pError } from '../errors.ts';
import { optionalName } from '../pdu/display-name.ts';
import type { PeerId } from '../ports/transport.ts';
import type { ContactId } from './api.ts';
import type { EnkParams } from './messages.ts';
import type { OpenProfile } from './open-profile.ts';

const PEER_ID = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{14,62}[A-Za-z0-9])$/;

/** Throws P2pError `address-invalid`, `own-address`, `contact-exists`. */
export async function addByPeerId(
  { book, manager, consents, clock, peerId: own }: OpenProfile,
  { peerId, name }: EnkParams<'addByPeerId'>,
): Promise<ContactId> {
  const address = peerId.trim() as PeerId;
  if (!PEER_ID.test(address)) throw new P2pError('address-invalid');
  if (address === own) throw new P2pError('own-address');
  if (book.findByPeerId(address) !== null) throw new P2pError('contact-exists');
  const contact = await book.create(
    {
      name: optionalName(name),
      peerId: address,
      identityKey: null,
      verification: 'unverified',
      invite: null,
    },
    clock.nowMs(),
  );
  consents.forgive(address);
  const connection = await manager.ensureConnection(contact.id as ContactId);
  connection.tell({ type: 'wanted' });
  return connection.contactId;
}
