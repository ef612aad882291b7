import { expect } from '@esm-bundle/chai';
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
  const link = new Link(description.linkId, true, silentTransport);
  link.opened(description, 0);
  return link;
}

describe('link', () => {
  it('P2P-SES-23: a Ready session that the peer closes without a word is absence', () => {
    const link = openLink();
    link.becameReady();
    link.closedByTransport('closed-remotely');
    expect(link.failure).to.equal('unreachable');
  });

  it('P2P-SES-23: after the peer complained it is a fault, so that a poison message stops dialling', () => {
    const link = openLink();
    link.becameReady();
    link.accused();
    link.closedByTransport('closed-remotely');
    expect(link.failure).to.equal('peer-fault');
  });

  it('a peer that closes in the handshake refused it', () => {
    const link = openLink();
    link.closedByTransport('closed-remotely');
    expect(link.failure).to.equal('peer-fault');
  });
});
