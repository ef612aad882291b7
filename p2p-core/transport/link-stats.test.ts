import { expect } from '@esm-bundle/chai';
import { type LinkStats, readLinkStats } from './link-stats.ts';

interface Ends {
  readonly local: object;
  readonly remote: object;
}

const udp = { protocol: 'udp' };
const host = (address: string): object => ({ ...udp, candidateType: 'host', address });

function reportOf(
  { local, remote }: Ends,
  pair: object = {},
  transport: object | null = null,
): RTCStatsReport {
  const entries: [string, object][] = [
    ['P0', { type: 'candidate-pair', localCandidateId: 'X', remoteCandidateId: 'Y', nominated: false }],
    [
      'P1',
      { type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R', nominated: true, ...pair },
    ],
    ['L', { type: 'local-candidate', ...local }],
    ['R', { type: 'remote-candidate', ...remote }],
    ['D', { type: 'data-channel', bytesSent: 700, bytesReceived: 900 }],
    ...(transport === null ? [] : [['T', { type: 'transport', ...transport }] as [string, object]]),
  ];
  return new Map(entries) as unknown as RTCStatsReport;
}

const routeOf = (local: object, remote: object) => readLinkStats(reportOf({ local, remote })).path?.route;

describe('link statistics', () => {
  it('P2P-LNK-14: name the route by both ends: one network, the internet, unknown, or a relay', () => {
    const mdns = host('7f6c8f0e-1111-4222-8333-444455556666.local');
    const reflexive = { ...udp, candidateType: 'srflx', address: '203.0.113.7' };
    const relay = { ...udp, candidateType: 'relay', address: '198.51.100.9', relayProtocol: 'tls' };
    const unknown = { ...udp, candidateType: 'prflx', address: '' };
    expect(routeOf(host('192.168.1.2'), host('192.168.1.9'))).to.equal('same-network');
    expect(routeOf(host('10.77.0.1'), mdns)).to.equal('same-network');
    expect(routeOf(host('fd00::1'), host('fe80::2'))).to.equal('same-network');
    expect(routeOf(host('192.168.1.2'), { ...unknown, address: '192.168.1.9' })).to.equal('same-network');
    expect(routeOf(host('203.0.113.1'), mdns)).to.equal('same-network');
    expect(routeOf(host('203.0.113.1'), host('203.0.113.1'))).to.equal('same-network');
    expect(routeOf(host('192.168.1.2'), reflexive)).to.equal('internet');
    expect(routeOf(host('203.0.113.1'), host('203.0.113.2'))).to.equal('internet');
    expect(routeOf(host('2001:db8::1'), host('2001:db8::2'))).to.equal('internet');
    expect(routeOf(host('172.32.0.1'), host('172.16.0.1'))).to.equal('internet');
    expect(routeOf(host('192.168.1.2'), unknown)).to.equal('direct');
    expect(routeOf(relay, host('192.168.1.2'))).to.equal('relayed');
    expect(routeOf(host('192.168.1.2'), relay)).to.equal('relayed');
  });

  it('P2P-LNK-14: carry no address', () => {
    const ends = { local: host('203.0.113.45'), remote: host('2001:db8::beef') };
    const stats = readLinkStats(reportOf(ends, { currentRoundTripTime: 0.0123 }));
    expect(JSON.stringify(stats)).not.to.match(/203|2001|beef/);
    expect(stats.path?.local).to.include({ family: 'IPv4', scope: 'public', protocol: 'udp' });
    expect(stats.path?.remote).to.include({ family: 'IPv6', scope: 'public' });
    expect(stats.path?.roundTripMs).to.be.closeTo(12.3, 1e-9);
    expect([stats.bytesSent, stats.bytesReceived]).to.deep.equal([700, 900]);
  });

  it('P2P-LNK-14: take the selected pair as each browser names it, and none while there is none', () => {
    const ends = { local: host('10.0.0.1'), remote: host('10.0.0.2') };
    const chromium = readLinkStats(reportOf(ends, { nominated: false }, { selectedCandidatePairId: 'P1' }));
    const firefox = readLinkStats(reportOf(ends, { nominated: false, selected: true }));
    for (const { path } of [chromium, firefox]) expect(path?.route).to.equal('same-network');
    const none: Pick<LinkStats, 'path'> = readLinkStats(reportOf(ends, { nominated: false }));
    expect(none.path).to.equal(null);
    expect(readLinkStats(reportOf({ local: host('10.0.0.1'), remote: {} })).path).to.equal(null);
  });
});
