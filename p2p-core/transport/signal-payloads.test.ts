import { expect } from '@esm-bundle/chai';
import { MAX_SEALED_SIGNAL_BYTES } from '../limits.ts';
import {
  answerPayload,
  isDataOnly,
  newConnectionId,
  offerPayload,
  readAnswer,
  readCandidate,
  readOffer,
  readSealedSignal,
  sealedSignalPayload,
} from './signal-payloads.ts';

const SDP = 'v=0\r\ns=-\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n';
const offer = offerPayload('dc_1', SDP);
const candidate = {
  type: 'data',
  connectionId: 'dc_1',
  candidate: {
    candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: 'ab',
  },
};

describe('P2P-LNK-03: the offer policy', () => {
  it('accepts what offerPayload makes', () => {
    expect(readOffer(offer)).to.deep.equal({ connectionId: 'dc_1', sdp: SDP });
  });

  it('accepts a stock PeerJS offer for a raw, reliable connection', () => {
    expect(readOffer({ ...offer, metadata: { any: 'thing' }, browser: 'chrome' })?.connectionId).to.equal(
      'dc_1',
    );
  });

  const refused: readonly [string, unknown][] = [
    ['media', { ...offer, type: 'media' }],
    ['PeerJS’s binary serialization', { ...offer, serialization: 'binary' }],
    ['no serialization', { ...offer, serialization: undefined }],
    ['an unreliable channel', { ...offer, reliable: false }],
    ['an answer in an offer', { ...offer, sdp: { type: 'answer', sdp: SDP } }],
    ['a rollback', { ...offer, sdp: { type: 'rollback', sdp: SDP } }],
    ['no description', { ...offer, sdp: undefined }],
    ['a description that is no text', { ...offer, sdp: { type: 'offer', sdp: 1 } }],
    ['no connection id', { ...offer, connectionId: undefined }],
    ['a connection id with markup', { ...offer, connectionId: 'dc_<b>' }],
    ['a connection id of 65 characters', { ...offer, connectionId: 'x'.repeat(65) }],
    ['an audio section', offerPayload('dc_1', `${SDP}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`)],
    ['an audio section in capitals', offerPayload('dc_1', `${SDP}M=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`)],
    ['two data sections', offerPayload('dc_1', `${SDP}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`)],
    ['an audio section with a space', offerPayload('dc_1', `${SDP}m =audio 9 UDP/TLS/RTP/SAVPF 111\r\n`)],
    ['a line with a character beyond ASCII', offerPayload('dc_1', `${SDP}a=x\u0085\r\n`)],
    ['no section', offerPayload('dc_1', 'v=0\r\n')],
    ['17 KiB of SDP', offerPayload('dc_1', `${SDP}${'a=x\r\n'.repeat(3_500)}`)],
    ['null', null],
    ['text', 'offer'],
  ];
  for (const [what, payload] of refused) {
    it(`refuses ${what}`, () => {
      expect(readOffer(payload)).to.equal(null);
    });
  }

  it('passes what this browser itself offers', async () => {
    const connection = new RTCPeerConnection();
    connection.createDataChannel('x');
    const { sdp = '' } = await connection.createOffer();
    connection.close();
    expect(isDataOnly(sdp)).to.equal(true);
  });
});

describe('P2P-LNK-03: readAnswer', () => {
  it('accepts what answerPayload makes and no offer', () => {
    expect(readAnswer(answerPayload('dc_1', SDP))).to.deep.equal({ connectionId: 'dc_1', sdp: SDP });
    expect(readAnswer(offer)).to.equal(null);
  });
});

describe('readCandidate', () => {
  it('accepts a candidate of a data connection', () => {
    const { connectionId, candidate: read } = candidate;
    expect(readCandidate(candidate)).to.deep.equal({ connectionId, candidate: read });
  });

  it('takes only the four known fields', () => {
    const extra = { ...candidate, candidate: { ...candidate.candidate, url: 'https://elsewhere.example' } };
    expect(readCandidate(extra)?.candidate).to.deep.equal(candidate.candidate);
  });

  const refused: readonly [string, unknown][] = [
    ['of media', { ...candidate, type: 'media' }],
    ['without text', { ...candidate, candidate: {} }],
    ['of another section', { ...candidate, candidate: { ...candidate.candidate, sdpMLineIndex: 1 } }],
    ['above 1 KiB', { ...candidate, candidate: { candidate: 'x'.repeat(1_025) } }],
    ['of two lines', { ...candidate, candidate: { candidate: 'candidate:1\r\na=fingerprint:sha-256 00' } }],
    ['that is null', { ...candidate, candidate: null }],
  ];
  for (const [what, payload] of refused) {
    it(`refuses a candidate ${what}`, () => {
      expect(readCandidate(payload)).to.equal(null);
    });
  }
});

describe('readSealedSignal', () => {
  const sealed = sealedSignalPayload('dc_1', Uint8Array.of(1, 2, 3, 4));

  it('P2P-LNK-06: reads what was written, and no other kind of CANDIDATE does', () => {
    expect(readSealedSignal(JSON.parse(JSON.stringify(sealed)))).to.deep.equal({
      connectionId: 'dc_1',
      bytes: Uint8Array.of(1, 2, 3, 4),
    });
    expect(readCandidate(sealed), 'no candidate').to.equal(null);
    expect(readSealedSignal(candidate), 'not sealed').to.equal(null);
  });

  it('P2P-LNK-06: refuses what is too long, not base64url, or names no connection', () => {
    const tooLong = 'A'.repeat(Math.ceil((MAX_SEALED_SIGNAL_BYTES * 4) / 3) + 1);
    for (const wrong of [tooLong, 'AA==', 'AB', 'A', '{}', 7, null]) {
      expect(readSealedSignal({ ...sealed, sealed: wrong })).to.equal(null);
    }
    expect(readSealedSignal({ ...sealed, connectionId: 'a b' })).to.equal(null);
    expect(readSealedSignal({ ...sealed, type: 'media' })).to.equal(null);
    expect(readSealedSignal(null)).to.equal(null);
  });
});

describe('newConnectionId', () => {
  it('has PeerJS’s prefix and 128 random bits', () => {
    expect(newConnectionId()).to.match(/^dc_[0-9a-f]{32}$/);
    expect(newConnectionId()).not.to.equal(newConnectionId());
  });
});
