import { expect } from '@esm-bundle/chai';
import type { MediaPeerId } from '../../ports/call-media.ts';
import { readMediaStats } from './media-stats.ts';

const peer = 'ben' as MediaPeerId;

function pathBetween(
  local: string,
  remote: string,
  { isBySfu = false, nominated = true } = {},
): string | null {
  const reports = [
    { type: 'local-candidate', id: 'other', candidateType: 'relay' },
    { type: 'local-candidate', id: 'l', candidateType: local },
    { type: 'remote-candidate', id: 'r', candidateType: remote },
    {
      type: 'candidate-pair',
      id: 'p',
      state: 'succeeded',
      nominated,
      localCandidateId: 'l',
      remoteCandidateId: 'r',
    },
  ];
  return readMediaStats({ peer, isBySfu }, new Map(reports.map(report => [report.id, report]))).path;
}

describe('statistics of media', () => {
  it('P2P-CAL-37: media go directly, by a relay of either side, or by an SFU; without a pair that is not known', () => {
    expect(pathBetween('host', 'prflx')).to.equal('direct');
    expect(pathBetween('srflx', 'host')).to.equal('direct');
    expect(pathBetween('relay', 'host')).to.equal('relay');
    expect(pathBetween('host', 'relay')).to.equal('relay');
    expect(pathBetween('host', 'host', { isBySfu: true })).to.equal('sfu');
    expect(pathBetween('host', 'host', { nominated: false })).to.equal(null);
  });
});
