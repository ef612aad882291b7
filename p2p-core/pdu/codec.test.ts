import { expect } from '@esm-bundle/chai';
import {
  CHUNK_BYTES,
  FILE_TRANSFER_CHUNK_BYTES,
  MAX_CALL_MLS_BYTES,
  MAX_CALL_SDP_CHARS,
  MAX_MESSAGE_TEXT_BYTES,
  MAX_PDU_BYTES,
  MAX_SDP_CHARS,
  MAX_SEQ,
  MAX_TIMER_MS,
  MIN_TIMER_MS,
} from '../limits.ts';
import { type PduBody, decodePdu, encodePdu } from './codec.ts';
import { PDU_SCHEMAS } from './schemas.ts';

const incarnation = 'AAAAAAAAAAAAAAAAAAAAAA';
const bytes32 = `${incarnation}${incarnation.slice(0, 21)}`;
const EXAMPLES: readonly PduBody[] = [
  { type: 'cursors', held: [{ incarnation, seq: 1, digest: incarnation }] },
  { type: 'message', incarnation, seq: 1, text: 'a\u0000😀\ud800', sentAt: 1 },
  { type: 'ack', incarnation, seq: MAX_SEQ },
  { type: 'typing', isTyping: true },
  { type: 'read-receipt', incarnation, seq: 2 },
  { type: 'timer-change', revision: 1, startsAt: 'reading', lifetimeS: 3_600 },
  { type: 'timer-ack', revision: MAX_SEQ },
  { type: 'message-timer', startsAt: 'sending', lifetimeS: 0, ageS: 0 },
  { type: 'message-delete', number: 1, messages: [{ incarnation, seq: 1 }] },
  { type: 'message-delete-ack', number: 0xffff_ffff },
  { type: 'profile-update', displayName: 'Ümit' },
  { type: 'address-update', peerId: 'abcdefghijklmnopqrstuvwxyz234567' },
  { type: 'release-request' },
  { type: 'release-info', release: { version: '1.0.0', seq: 7, hash: `sha384-${'A'.repeat(64)}` } },
  { type: 'chunks-offer', transfer: 1, of: 'message', sizeBytes: CHUNK_BYTES + 1 },
  { type: 'chunks-accept', transfer: 0xffff_ffff },
  { type: 'chunks-refuse', transfer: 2 },
  { type: 'chunks-progress', chunks: 16 },
  { type: 'chunks-cancel', transfer: 3 },
  { type: 'ping', number: 1 },
  { type: 'pong', number: 0xffff_ffff },
  { type: 'ice-restart-request', number: 1 },
  { type: 'ice-restart-offer', number: 2, sdp: 'v=0\r\n' },
  { type: 'ice-restart-answer', number: 3, offer: 2, sdp: 'v=0\r\n' },
  { type: 'stripe-request' },
  { type: 'stripe-offer', stripe: 1, sdp: 'v=0\r\n' },
  { type: 'stripe-answer', stripe: 0xffff_ffff, sdp: 'v=0\r\n' },
  { type: 'stripe-close' },
  { type: 'stripe-closed' },
  {
    type: 'file-offer',
    id: incarnation,
    name: 'a\u202egnp.exe',
    mediaType: 'image/png',
    sizeBytes: 5,
    chunkBytes: FILE_TRANSFER_CHUNK_BYTES,
    caption: '',
    entries: [{ path: 'a/b', sizeBytes: 5 }],
    fastKey: bytes32,
  },
  { type: 'file-accept', id: incarnation, held: 0 },
  { type: 'file-refuse', id: incarnation },
  { type: 'file-resume', id: incarnation, from: 3, attempt: bytes32 },
  { type: 'file-ack', id: incarnation, held: 4 },
  { type: 'file-pause', id: incarnation, side: 'sender' },
  { type: 'file-cancel', id: incarnation, side: 'receiver' },
  { type: 'file-done', id: incarnation, hash: bytes32 },
  { type: 'file-received', id: incarnation },
  { type: 'call-ring', call: incarnation, group: `${'A'.repeat(42)}A`, isVideo: true },
  { type: 'call-ringing', call: incarnation },
  { type: 'call-accept', call: incarnation, keyPackage: 'AA' },
  { type: 'call-decline', call: incarnation, reason: 'busy' },
  { type: 'call-welcome', call: incarnation, welcome: 'AA' },
  { type: 'call-group', call: incarnation, message: 'AA' },
  { type: 'call-offer', call: incarnation, sdp: 'v=0\r\n' },
  { type: 'call-answer', call: incarnation, sdp: 'v=0\r\n' },
  { type: 'call-candidate', call: incarnation, candidate: '', section: 0, ufrag: null },
  {
    type: 'call-state',
    call: incarnation,
    hasMicrophone: true,
    hasCamera: false,
    hasScreen: false,
    isHeld: false,
    isHandRaised: false,
  },
  {
    type: 'call-topology',
    call: incarnation,
    sfu: { url: 'wss://sfu.example/', room: incarnation, apiToken: '1,janus:aA+/=', roomToken: 't' },
  },
  { type: 'call-picture', call: incarnation, rows: 360 },
  { type: 'call-reaction', call: incarnation, emoji: '👍' },
  { type: 'call-hangup', call: incarnation, reason: 'ended' },
  { type: 'session-close', reason: 'displaced' },
  { type: 'protocol-error', code: 'order' },
];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));

describe('PDU codec', () => {
  it('P2P-PDU-01: every type round-trips with its version', () => {
    expect(EXAMPLES.map(({ type }) => type).sort()).to.deep.equal(Object.keys(PDU_SCHEMAS).sort());
    for (const body of EXAMPLES) {
      expect(decodePdu(encodePdu(body))).to.deep.equal({
        kind: 'pdu',
        pdu: { ...body, specVersion: '1.0' },
      });
    }
  });

  it('P2P-PDU-02: the size is refused before anything is parsed', () => {
    const tooLarge = new Uint8Array(MAX_PDU_BYTES + 1);
    expect(decodePdu(tooLarge)).to.deep.equal({ kind: 'invalid', code: 'oversize' });
  });

  it('P2P-PDU-03: a well-formed PDU of an unknown type is told apart', () => {
    for (const type of ['telepathy', '__proto__', 'constructor', 'toString', '']) {
      expect(decodePdu(utf8(`{"type":${JSON.stringify(type)},"specVersion":"1.0"}`))).to.deep.equal({
        kind: 'unknown-type',
      });
    }
  });

  it('P2P-PDU-04: a foreign, missing or mistyped key refuses the PDU', () => {
    for (const body of EXAMPLES) {
      const whole: Record<string, unknown> = { ...body, specVersion: '1.0' };
      expect(decodePdu(json({ ...whole, extra: 1 })).kind, body.type).to.equal('invalid');
      const withProto = JSON.stringify(whole).replace('{', '{"__proto__":{"x":1},');
      expect(decodePdu(utf8(withProto)).kind).to.equal('invalid');
      for (const key of Object.keys(whole).filter(name => name !== 'type')) {
        const { [key]: _removed, ...rest } = whole;
        expect(decodePdu(json(rest)).kind, `${body.type} without ${key}`).to.equal('invalid');
        expect(decodePdu(json({ ...whole, [key]: { a: 1 } })).kind, `${body.type}.${key}`).to.equal(
          'invalid',
        );
      }
    }
  });

  it('P2P-PDU-05: another specVersion is refused, whatever the type', () => {
    for (const type of ['typing', 'telepathy']) {
      const decoded = decodePdu(json({ type, specVersion: '1.1', isTyping: true }));
      expect(decoded).to.deep.equal({ kind: 'invalid', code: 'unsupported-version' });
    }
  });

  it('P2P-PDU-06: numbers, texts and lists stay within their limits', () => {
    const bad: PduBody[] = [
      { type: 'message', incarnation, seq: 0, text: 'x', sentAt: 1 },
      { type: 'message', incarnation, seq: 1.5, text: 'x', sentAt: 1 },
      { type: 'message', incarnation, seq: MAX_SEQ + 1, text: 'x', sentAt: 1 },
      { type: 'message', incarnation: 'short', seq: 1, text: 'x', sentAt: 1 },
      { type: 'message', incarnation: `${incarnation.slice(1)}B`, seq: 1, text: 'x', sentAt: 1 },
      { type: 'message', incarnation, seq: 1, text: '', sentAt: 1 },
      { type: 'message', incarnation, seq: 1, text: 'é'.repeat(MAX_MESSAGE_TEXT_BYTES / 2 + 1), sentAt: 1 },
      { type: 'message', incarnation, seq: 1, text: 'x', sentAt: -1 },
      { type: 'cursors', held: Array(65).fill({ incarnation, seq: 1, digest: incarnation }) },
      { type: 'profile-update', displayName: 'x'.repeat(65) },
      { type: 'release-info', release: { version: 'one', seq: 7, hash: `sha384-${'A'.repeat(64)}` } },
      {
        type: 'release-info',
        release: { version: `1.0.${'0'.repeat(64)}`, seq: 7, hash: `sha384-${'A'.repeat(64)}` },
      },
      { type: 'release-info', release: { version: '1.0.0', seq: 0, hash: `sha384-${'A'.repeat(64)}` } },
      { type: 'release-info', release: { version: '1.0.0', seq: 7, hash: `sha384-${'A'.repeat(63)}` } },
      { type: 'chunks-offer', transfer: 1, of: 'message', sizeBytes: CHUNK_BYTES },
      { type: 'chunks-offer', transfer: 1, of: 'message', sizeBytes: MAX_PDU_BYTES + 1 },
      { type: 'chunks-offer', transfer: 0, of: 'message', sizeBytes: MAX_PDU_BYTES },
      { type: 'chunks-offer', transfer: 2 ** 32, of: 'message', sizeBytes: MAX_PDU_BYTES },
      { type: 'chunks-offer', transfer: 1, of: 'x'.repeat(65), sizeBytes: MAX_PDU_BYTES },
      { type: 'chunks-offer', transfer: 1, of: '', sizeBytes: MAX_PDU_BYTES },
      { type: 'chunks-accept', transfer: 1.5 },
      { type: 'chunks-progress', chunks: 0 },
      { type: 'timer-change', revision: 0, startsAt: 'sending', lifetimeS: 60 },
      { type: 'timer-change', revision: 1, startsAt: 'sending', lifetimeS: MIN_TIMER_MS / 1_000 - 1 },
      { type: 'timer-change', revision: 1, startsAt: 'sending', lifetimeS: MAX_TIMER_MS / 1_000 + 1 },
      { type: 'timer-change', revision: 1, startsAt: 'sending', lifetimeS: -60 },
      { type: 'timer-change', revision: 1, startsAt: 'sending', lifetimeS: 60.5 },
      { type: 'timer-change', revision: 1, startsAt: 'never' as 'sending', lifetimeS: 60 },
      { type: 'message-timer', startsAt: 'sending', lifetimeS: 60, ageS: -1 },
      { type: 'message-delete', number: 1, messages: [] },
      { type: 'message-delete', number: 1, messages: Array(65).fill({ incarnation, seq: 1 }) },
      { type: 'message-delete', number: 1, messages: [{ incarnation, seq: 0 }] },
      { type: 'call-ring', call: 'short', group: 'A'.repeat(43), isVideo: true },
      { type: 'call-ring', call: incarnation, group: incarnation, isVideo: true },
      { type: 'call-accept', call: incarnation, keyPackage: '' },
      { type: 'call-group', call: incarnation, message: 'A'.repeat(MAX_CALL_MLS_BYTES * 2) },
      { type: 'call-offer', call: incarnation, sdp: 'v'.repeat(MAX_CALL_SDP_CHARS + 1) },
      { type: 'call-offer', call: incarnation, sdp: 'v=0\u0000' },
      { type: 'call-candidate', call: incarnation, candidate: 'x'.repeat(1_025), section: 0, ufrag: null },
      { type: 'call-candidate', call: incarnation, candidate: '', section: 16, ufrag: null },
      {
        type: 'call-topology',
        call: incarnation,
        sfu: { url: 'https://sfu.example/', room: incarnation, apiToken: 't', roomToken: 't' },
      },
      {
        type: 'call-topology',
        call: incarnation,
        sfu: { url: 'wss://sfu.example/', room: 'short', apiToken: 't', roomToken: 't' },
      },
      {
        type: 'call-topology',
        call: incarnation,
        sfu: { url: 'wss://sfu.example/', room: incarnation, apiToken: 't'.repeat(257), roomToken: 't' },
      },
      { type: 'call-picture', call: incarnation, rows: 0 },
      { type: 'call-picture', call: incarnation, rows: 4_321 },
      { type: 'call-reaction', call: incarnation, emoji: 'x'.repeat(33) },
      { type: 'ping', number: 0 },
      { type: 'pong', number: 2 ** 32 },
      { type: 'ice-restart-offer', number: 1, sdp: '' },
      { type: 'stripe-offer', stripe: 0, sdp: 'v=0' },
      { type: 'stripe-answer', stripe: 1, sdp: 'v=0\u00e9' },
      { type: 'ice-restart-offer', number: 1, sdp: 'v=0\u00e9' },
      { type: 'ice-restart-offer', number: 1, sdp: 'v'.repeat(MAX_SDP_CHARS + 1) },
      { type: 'ice-restart-answer', number: 1, offer: 0, sdp: 'v=0' },
    ];
    for (const body of bad) expect(decodePdu(encodePdu(body)).kind).to.equal('invalid');
    const longest = { type: 'message', incarnation, seq: 1, text: 'x'.repeat(65_536), sentAt: 1 } as const;
    expect(decodePdu(encodePdu(longest)).kind).to.equal('pdu');
  });

  it('P2P-PDU-04: no truncation and no flipped byte makes it throw', () => {
    for (const body of EXAMPLES) {
      const bytes = encodePdu(body);
      for (let length = 0; length < bytes.length; length++) {
        expect(decodePdu(bytes.subarray(0, length)).kind).to.equal('invalid');
      }
      for (let index = 0; index < bytes.length; index++) {
        const flipped = bytes.slice();
        flipped[index] = (flipped[index] ?? 0) ^ 0x80;
        expect(decodePdu(flipped).kind).to.be.oneOf(['invalid', 'unknown-type', 'pdu']);
      }
    }
    expect(decodePdu(utf8('['.repeat(2_000_000))).kind).to.equal('invalid');
    expect(decodePdu(utf8('\ufeff{}')).kind).to.equal('invalid');
  });
});
