/** What a broker may say about its relay, and what becomes of it. */
import { expect } from '@esm-bundle/chai';
import { acceptNetwork } from './address-policy.ts';
import type { AcceptedNetwork } from './address-policy.ts';
import { readRelayCredentials, RelayServers } from './relay-servers.ts';

const server = { urls: ['turn:relay.example:3478?transport=udp'], username: '99:x', credential: 'c' };
const good = { iceServers: [server], ttlSeconds: 3_600 };

function network(iceServers: readonly { urls: string }[], relayOnly = false): AcceptedNetwork {
  const accepted = acceptNetwork({ brokerUrl: 'ws://127.0.0.1:1/', iceServers, relayOnly });
  if (accepted === null) throw new Error('refused');
  return accepted;
}

describe('P2P-LNK-13: the relay of the broker', () => {
  it('P2P-LNK-13: reads what our broker says', () => {
    expect(readRelayCredentials(good)).to.deep.equal({ iceServers: [server], ttlMs: 3_600_000 });
    expect(readRelayCredentials(null)).to.equal(null);
  });

  it('P2P-LNK-13: refuses other addresses than TURN, missing secrets, and lives without measure', () => {
    const bad: unknown[] = [
      'x',
      [],
      {},
      { ...good, ttlSeconds: 0 },
      { ...good, ttlSeconds: 1e9 },
      { ...good, ttlSeconds: '3600' },
      { ...good, iceServers: [] },
      { ...good, iceServers: Array.from({ length: 5 }, () => server) },
      { ...good, iceServers: [server, null] },
      { ...good, iceServers: [{ ...server, urls: 'turn:x' }] },
      { ...good, iceServers: [{ ...server, urls: ['stun:x'] }] },
      { ...good, iceServers: [{ ...server, urls: ['turn:x y'] }] },
      { ...good, iceServers: [{ ...server, username: '' }] },
      { ...good, iceServers: [{ ...server, credential: 'x'.repeat(513) }] },
    ];
    for (const payload of bad) expect(readRelayCredentials(payload), JSON.stringify(payload)).to.equal(null);
  });

  it('P2P-LNK-13: is used beside the person’s STUN servers, and not asked for when a TURN server is set', () => {
    const servers = new RelayServers(network([{ urls: 'stun:own.example' }]));
    expect(servers.isWanted).to.equal(true);
    servers.take(readRelayCredentials(good));
    expect(servers.configuration.iceServers).to.deep.equal([{ urls: 'stun:own.example' }, server]);
    expect(new RelayServers(network([{ urls: 'turn:own.example' }])).isWanted).to.equal(false);
  });

  it('P2P-LNK-13: in relay mode a dial waits for the answer, else it does not', async () => {
    const servers = new RelayServers(network([], true));
    const dial = servers.configurationForDial();
    servers.take(readRelayCredentials(good));
    expect(await dial).to.deep.equal({ iceServers: [server], iceTransportPolicy: 'relay' });
    const direct = await new RelayServers(network([])).configurationForDial();
    expect(direct).to.deep.equal({ iceServers: [], iceTransportPolicy: 'all' });
  });
});
