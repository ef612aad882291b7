/** Properties over arbitrary values: what is encoded decodes to the same, and what decodes is canonical. */
import { expect } from '@esm-bundle/chai';
import fc from 'fast-check';
import { decodeBase64Url, encodeBase64Url } from '../../bytes/base64url.ts';
import { decodeControlPdu, encodeControlPdu } from '../../cascade/control-pdu.ts';
import type { ControlPdu } from '../../cascade/control-pdu.ts';
import { CONTENT_BULK, CONTENT_CONTROL, CONTENT_PDU, pad, unpad } from '../../cascade/padding.ts';
import { CryptoCoreError } from '../../errors.ts';
import { decodeFrame, encodeFrameHeader, encodeSealedFrame } from '../../frame/frame.ts';
import { decodePdu, encodePdu } from '../../handshake/pdu-codec.ts';
import { mlsEncryptionSyncRequest, mlsWelcome } from '../../handshake/pdus.ts';
import { decodeInvite, encodeInvite } from '../../invite/invite.ts';
import { encodeVector, readVector } from '../../mls/vector-length.ts';
import { decodeSFrameHeader, encodeSFrameHeader } from '../../sframe/header.ts';

const RUNS = { seed: 20_261_122, numRuns: 300 };
const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** Takes nothing but canonical bytes, and throws nothing but typed errors. */
function expectCanonical(roundTrip: (input: Uint8Array) => Uint8Array): void {
  const input = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(input, bytes => {
      try {
        return roundTrip(bytes).join() === bytes.join();
      } catch (error) {
        return error instanceof CryptoCoreError && error.code === 'protocol-error';
      }
    }),
    RUNS,
  );
}

describe('encodings', function () {
  this.timeout(60_000);

  it('CC-FUZ-01, CC-FRAME-01: frames', () => {
    const header = fc.record({
      kind: fc.constantFrom(1 as const, 2 as const),
      gen: fc.integer({ min: 0, max: 255 }),
      ctr: fc.maxSafeNat(),
    });
    const whole = fc.tuple(header, fc.uint8Array({ minLength: 16, maxLength: 200 }));
    fc.assert(
      fc.property(whole, ([head, ciphertext]) => {
        const frame = decodeFrame(encodeSealedFrame(encodeFrameHeader(head), ciphertext));
        expect(frame.kind === 'sealed' && frame.header).to.deep.equal(head);
        expect(frame.kind === 'sealed' && frame.ciphertext).to.deep.equal(ciphertext);
      }),
      RUNS,
    );
    expectCanonical(input => {
      const frame = decodeFrame(input);
      if (frame.kind === 'hello') return input;
      return encodeSealedFrame(encodeFrameHeader(frame.header), frame.ciphertext);
    });
  });

  it('CC-FUZ-01, CC-PAD-03: padding', () => {
    const kind = fc.constantFrom(CONTENT_PDU, CONTENT_CONTROL, CONTENT_BULK);
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 3_000 }), (contentKind, body) => {
        expect(unpad(pad(contentKind, body))).to.deep.equal({ kind: contentKind, body });
      }),
      RUNS,
    );
    expectCanonical(input => {
      const { kind: contentKind, body } = unpad(input);
      return pad(contentKind, body);
    });
  });

  it('CC-FUZ-01, CC-CAS-05: control PDUs', () => {
    const gen = fc.maxSafeNat();
    const pdu: fc.Arbitrary<ControlPdu> = fc.oneof(
      fc.record({ type: fc.constant('mlkem-key-exchange' as const), gen, ek: bytes(1_184) }),
      fc.record({ type: fc.constant('mlkem-key-exchange-response' as const), gen, ct: bytes(1_088) }),
      fc.record({
        type: fc.constant('rotation-timestamp-broadcast' as const),
        gen,
        timestamp: fc.maxSafeNat(),
        x25519: bytes(32),
      }),
    );
    fc.assert(
      fc.property(
        pdu,
        value => expect(decodeControlPdu(encodeControlPdu(value))).to.deep.equal(value) !== null,
      ),
      RUNS,
    );
    expectCanonical(input => encodeControlPdu(decodeControlPdu(input)));
  });

  it('CC-FUZ-01, CC-HS-03: handshake PDUs', () => {
    const specVersion = fc.constant('1.0' as const);
    const sync = fc.record({
      type: fc.constant('mls-encryption-sync-request' as const),
      specVersion,
      device: bytes(128),
      knowsYou: fc.constantFrom(0 as const, 1 as const),
    });
    const some = fc.uint8Array({ minLength: 1, maxLength: 500 });
    const type = fc.constant('mls-welcome' as const);
    const welcome = fc.record({ type, specVersion, welcome: some, tree: some });
    fc.assert(
      fc.property(sync, welcome, (a, b) => {
        expect(decodePdu(mlsEncryptionSyncRequest, encodePdu(a))).to.deep.equal(a);
        expect(decodePdu(mlsWelcome, encodePdu(b))).to.deep.equal(b);
      }),
      RUNS,
    );
    // Any JSON value, in any spelling that JSON.stringify can make.
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 0, max: 2 }), (value, indent) => {
        const input = new TextEncoder().encode(JSON.stringify(value, null, indent));
        expect(() => decodePdu(mlsWelcome, input)).to.throw(CryptoCoreError);
        expect(() => decodeControlPdu(input)).to.throw(CryptoCoreError);
      }),
      RUNS,
    );
  });

  it('CC-FUZ-01, CC-INV-02: invites', () => {
    const invite = fc.record({
      peerId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}[A-Za-z0-9]$/),
      brokerUrl: fc.stringMatching(/^wss:\/\/[a-z]{1,20}\.example\/[a-z]{0,40}$/),
      inviterKey: bytes(32).map(key => key.map((byte, i) => (i === 31 ? byte & 0x3f : byte))),
      inviteId: bytes(16),
      secret: bytes(32),
      expiresAtMs: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(invite, value => expect(decodeInvite(encodeInvite(value))).to.deep.equal(value) !== null),
      RUNS,
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), text => {
        expect(() => decodeInvite(text))
          .to.throw(CryptoCoreError)
          .with.property('code', 'invite-malformed');
      }),
      RUNS,
    );
  });

  it('CC-FUZ-01: base64url, MLS vectors and SFrame headers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), u64, u64, (data, kid, ctr) => {
        expect(decodeBase64Url(encodeBase64Url(data))).to.deep.equal(data);
        expect(readVector(encodeVector(data), 0).data).to.deep.equal(data);
        const header = encodeSFrameHeader({ kid, ctr });
        expect(decodeSFrameHeader(header)).to.deep.equal({ kid, ctr, sizeBytes: header.length });
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), text => {
        let decoded: Uint8Array | null = null;
        try {
          decoded = decodeBase64Url(text);
        } catch (error) {
          expect(error).to.be.instanceOf(SyntaxError);
        }
        if (decoded !== null) expect(encodeBase64Url(decoded)).to.equal(text);
      }),
      RUNS,
    );
    expectCanonical(input => {
      const { data, end } = readVector(input, 0);
      const vector = encodeVector(data);
      return end === vector.length ? input : vector;
    });
    expectCanonical(input => {
      const { kid, ctr, sizeBytes } = decodeSFrameHeader(input);
      const header = encodeSFrameHeader({ kid, ctr });
      return header.join() === input.subarray(0, sizeBytes).join() ? input : header;
    });
  });
});
