import { expect } from '@esm-bundle/chai';
import type { WireFrame } from '@enk/crypto-core';
import {
  CHUNK_BUFFER_HIGH_WATER_BYTES,
  HANDSHAKE_TIMEOUT_MS,
  SEND_BUFFER_HIGH_WATER_BYTES,
} from '../limits.ts';
import type { LinkDescription, LinkId, PeerId, TransportPort } from '../ports/transport.ts';
import { Link } from './link.ts';

/** Takes every command and does nothing: these tests are about what the link makes of its end. */
const silentTransport: TransportPort = { execute: () => undefined, subscribe: () => () => undefined };

const description: LinkDescription = {
  linkId: 'link' as LinkId,
  role: 'A',
  localPeerId: 'local' as PeerId,
  remotePeerId: 'remote' as PeerId,
  localFingerprint: new Uint8Array(32),
  remoteFingerprint: new Uint8Array(32),
};

function openLink(): Link {
  const link = new Link(description.linkId, true, silentTransport, () => 0);
  link.opened(description, 0);
  return link;
}

describe('link', () => {
  it('P2P-DEL-12: a channel that holds 8 MiB has no room for the outbox, and for chunks far earlier', () => {
    const link = openLink();
    link.becameReady();
    const sent = new Uint8Array(CHUNK_BUFFER_HIGH_WATER_BYTES) as Uint8Array & WireFrame;
    let reports = 0;
    link.onDrained = () => (reports += 1);
    link.send(sent);
    expect([link.hasChunkRoom, link.hasRoom]).to.deep.equal([false, true]);
    while (link.hasRoom) link.send(sent);
    expect([link.hasChunkRoom, link.hasRoom]).to.deep.equal([false, false]);
    link.drained(1, false);
    expect([link.hasChunkRoom, link.hasRoom]).to.deep.equal([false, true]);
    link.drained(SEND_BUFFER_HIGH_WATER_BYTES - CHUNK_BUFFER_HIGH_WATER_BYTES + 1, false);
    expect([link.hasChunkRoom, link.hasRoom, reports]).to.deep.equal([true, true, 2]);
  });

  it('P2P-SES-23: a Ready session that the peer closes without a word is absence', () => {
    const link = openLink();
    link.becameReady();
    link.closedByTransport('closed-remotely', 1);
    expect(link.failure).to.equal('unreachable');
  });

  it('P2P-SES-23: after the peer complained it is a fault, so that a poison message stops dialling', () => {
    const link = openLink();
    link.becameReady();
    link.accused();
    link.closedByTransport('closed-remotely', 1);
    expect(link.failure).to.equal('peer-fault');
  });

  it('P2P-SES-08: a peer that closes late in the handshake gave up, and is no more at fault than a slow path', () => {
    const link = openLink();
    link.closedByTransport('closed-remotely', HANDSHAKE_TIMEOUT_MS / 2);
    expect(link.failure).to.equal('unreachable');
  });

  it('P2P-SES-08: a peer that closes in the handshake refused it', () => {
    const link = openLink();
    link.closedByTransport('closed-remotely', 1);
    expect(link.failure).to.equal('peer-fault');
  });
});
