import { expect } from '@esm-bundle/chai';
import { MAX_CALL_SDP_CHARS } from '../limits.ts';
import { sampleSdp } from '../test/support/media-double.ts';
import { isAcceptableSignal, readMediaDescription, withoutUnlistedCodecs } from './media-description.ts';

describe('media descriptions', () => {
  it('P2P-CAL-10: takes four sections of the profile’s codecs with one fingerprint', () => {
    expect(readMediaDescription(sampleSdp('AB'))).to.deep.equal(new Uint8Array(32).fill(0xab));
  });

  it('P2P-CAL-10: what a description says of codecs that it does not list is left out, section by section', () => {
    const firefox = [
      'm=audio 9 UDP/TLS/RTP/SAVPF 109',
      'a=fmtp:109 stereo=1',
      'a=rtcp-fb:120 nack',
      'm=video 9 UDP/TLS/RTP/SAVPF 120 124',
      'a=fmtp:124 apt=120',
      'a=rtcp-fb:120 nack pli',
      'a=rtcp-fb:* transport-cc',
      'a=rtcp-fb:121 nack',
      'a=fmtp:99 x=1',
      '',
    ];
    const kept = firefox.filter((_, index) => ![2, 7, 8].includes(index));
    expect(withoutUnlistedCodecs(firefox.join('\r\n'))).to.equal(kept.join('\r\n'));
    expect(withoutUnlistedCodecs(sampleSdp('AB'))).to.equal(sampleSdp('AB'));
  });

  const broken: readonly (readonly [string, (sdp: string) => string])[] = [
    ['another codec', sdp => sdp.replace('VP8', 'H264')],
    ['a codec in another spelling', sdp => sdp.replace('a=rtpmap:96 VP8', 'a=rtpmap:96  VP8')],
    ['a section less', sdp => sdp.slice(0, sdp.lastIndexOf('m='))],
    ['a section more', sdp => `${sdp}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`],
    [
      'data',
      sdp =>
        sdp.replace('m=video 9 UDP/TLS/RTP/SAVPF 96', 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'),
    ],
    ['sections in another order', sdp => sdp.replace('m=audio', 'm=video')],
    ['media without DTLS', sdp => sdp.replace('UDP/TLS/RTP/SAVPF', 'RTP/SAVPF')],
    ['keys in the description', sdp => `${sdp}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n`],
    ['two fingerprints', sdp => `${sdp}a=fingerprint:sha-256 ${Array(32).fill('CD').join(':')}\r\n`],
    ['no fingerprint', sdp => sdp.replaceAll(/a=fingerprint.*\r\n/g, '')],
    ['a weak hash beside it', sdp => `${sdp}a=fingerprint:sha-1 AB:AB\r\n`],
    ['a line that browsers read and we do not', sdp => `${sdp}a= fingerprint:sha-256 AB\r\n`],
    ['too much', sdp => sdp + 'a=x\r\n'.repeat(MAX_CALL_SDP_CHARS / 5)],
    ['too many candidates', sdp => sdp + 'a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n'.repeat(65)],
  ];
  for (const [name, change] of broken) {
    it(`P2P-CAL-10: refuses ${name}`, () => {
      expect(readMediaDescription(change(sampleSdp()))).to.equal(null);
    });
  }

  it('P2P-CAL-10: candidates are one line of a section that there is', () => {
    const candidate = {
      kind: 'candidate',
      candidate: 'candidate:1 1 udp 1 a.local 9 typ host',
      section: 0,
      ufrag: 'x',
    } as const;
    expect(isAcceptableSignal(candidate)).to.equal(true);
    expect(isAcceptableSignal({ ...candidate, candidate: '' })).to.equal(true);
    expect(isAcceptableSignal({ ...candidate, section: 4 })).to.equal(false);
    expect(isAcceptableSignal({ ...candidate, candidate: 'a=fingerprint:x' })).to.equal(false);
    expect(isAcceptableSignal({ ...candidate, candidate: `candidate:${'1'.repeat(2_000)}` })).to.equal(false);
    expect(isAcceptableSignal({ ...candidate, ufrag: 'a b' })).to.equal(false);
  });
});
