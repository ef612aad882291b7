/** The key schedule and the transcript, computed once more with WebCrypto alone, from the text of SPEC.md. */
import { expect } from '@esm-bundle/chai';
import { encodeHex } from '../bytes/hex.ts';
import { source } from '../bytes/source.ts';
import { deriveKemSecrets } from '../ml-kem/kem-ratchet.ts';
import { deriveGroupId } from './layer-exchange.ts';
import { deriveHelloSecrets, deriveMasterSecrets } from './key-schedule.ts';
import { computeBinder, pairPsk, verifyBinder } from './psk.ts';
import { computeFinalHash, computeSessionId, encodePrologue, Transcript } from './transcript.ts';

const fill = (value: number, size = 32): Uint8Array => new Uint8Array(size).fill(value);
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]));
}

function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return join([0, 0, bytes.length >> 8, bytes.length & 0xff], bytes);
}

async function hash(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', source(bytes)));
}

async function hmac(key: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', source(key), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, source(message)));
}

/** L(k, label, ctx): one block of HKDF-Expand is HMAC(k, info ‖ 0x01). */
async function expandLabel(key: Uint8Array, label: string, ctx: Uint8Array): Promise<Uint8Array> {
  return hmac(key, join(ascii(`enk/v1 ${label}`), [0], await hash(ctx), [1]));
}

describe('transcript', () => {
  const a = { peerId: 'alice', fingerprint: fill(1) };
  const b = { peerId: 'bob', fingerprint: fill(2) };
  const prologue = join(
    lengthPrefixed(ascii('EnkryptedChat-Profile-v1')),
    lengthPrefixed(ascii('MLS,Signal,ML-KEM,AES')),
    lengthPrefixed(ascii('alice')),
    lengthPrefixed(ascii('bob')),
    fill(1),
    fill(2),
  );

  it('CC-KS-01: P is profile, layers, ids and fingerprints in the order A, B', () => {
    expect(encodeHex(encodePrologue(a, b))).to.equal(encodeHex(prologue));
    expect(() => encodePrologue(a, { ...b, fingerprint: fill(2, 31) })).to.throw();
  });

  it('CC-KS-01: TH0, TH1 and TH2 cover exact bytes, length-prefixed', async () => {
    const [helloA, helloB] = [ascii('{"a":1}'), ascii('{"b":2}')];
    const th0 = await hash(join(prologue, lengthPrefixed(helloA), lengthPrefixed(helloB), [2]));
    const sessionId = computeSessionId({ prologue, helloA, helloB, pskKind: 2 });
    expect(encodeHex(sessionId)).to.equal(encodeHex(th0));

    const transcript = new Transcript(sessionId);
    const pdus = { A: [ascii('one'), ascii('three')], B: [ascii('two')] };
    transcript.add('A', ascii('one'));
    transcript.add('B', ascii('two'));
    transcript.add('A', ascii('three'));
    const tA = await hash(join(...pdus.A.map(lengthPrefixed)));
    const tB = await hash(join(...pdus.B.map(lengthPrefixed)));
    const th1 = await hash(join(th0, tA, tB));
    expect(encodeHex(transcript.hashBeforeFinish())).to.equal(encodeHex(th1));

    const [finish, ack] = [ascii('finish'), ascii('ack')];
    const th2 = await hash(join(th1, lengthPrefixed(finish), lengthPrefixed(ack), lengthPrefixed(ack)));
    expect(encodeHex(computeFinalHash(th1, finish, [ack, ack]))).to.equal(encodeHex(th2));
  });
});

describe('key schedule', () => {
  const [psk, dh, th0, th1] = [fill(3), fill(4), fill(5), fill(6)];
  const exports = { mls: fill(7), signal: fill(8), mlKem: fill(9) };

  it('CC-KS-02: S0 and the handshake keys follow from PSK, ephemeral DH and TH0', async () => {
    const s0 = await hmac(psk, dh);
    const secrets = deriveHelloSecrets(psk, dh, th0);
    expect(encodeHex(secrets.s0)).to.equal(encodeHex(s0));
    expect(encodeHex(secrets.handshakeKeyA)).to.equal(encodeHex(await expandLabel(s0, 'hs A', th0)));
    expect(encodeHex(secrets.handshakeKeyB)).to.equal(encodeHex(await expandLabel(s0, 'hs B', th0)));
  });

  it('CC-KS-03: the ML-KEM layer gives M a value that is not its root', async () => {
    const ss = fill(0x21);
    const [encapsulationKey, ciphertext] = [fill(0x22, 1184), fill(0x23, 1088)];
    const context = join(th0, await hash(encapsulationKey), await hash(ciphertext));
    const expectedRoot = await expandLabel(ss, 'kem root', context);
    const expectedExport = await expandLabel(ss, 'export', th0);
    const exchange = { sharedSecret: ss.slice(), encapsulationKey, ciphertext };
    const { root, exportSecret } = deriveKemSecrets(exchange, th0);
    expect(encodeHex(root)).to.equal(encodeHex(expectedRoot));
    expect(encodeHex(exportSecret)).to.equal(encodeHex(expectedExport));
    expect(encodeHex(exchange.sharedSecret)).to.equal(encodeHex(fill(0)));
  });

  it('CC-KS-03: the MLS group id follows from the hello transcript', async () => {
    const expected = await hash(join(ascii('enk/v1 mls group'), th0));
    expect(encodeHex(deriveGroupId(th0))).to.equal(encodeHex(expected));
  });

  it('CC-KS-04: everything else follows from M over TH1', async () => {
    const s0 = await hmac(psk, dh);
    const master = await hmac(s0, join(exports.mls, exports.signal, exports.mlKem));
    const secrets = deriveMasterSecrets(s0, exports, th1);
    const labels = {
      finishKeyA: 'finish A',
      finishKeyB: 'finish B',
      aesRoot: 'aes',
      pairSecret: 'pair',
      exporter: 'exporter',
    } as const;
    for (const [name, label] of Object.entries(labels)) {
      const expected = await expandLabel(master, label, th1);
      expect(encodeHex(secrets[name as keyof typeof labels]), label).to.equal(encodeHex(expected));
    }
  });

  it('CC-KS-04: each layer changes every result', () => {
    const { s0 } = deriveHelloSecrets(psk, dh, th0);
    const base = deriveMasterSecrets(s0, exports, th1);
    for (const layer of ['mls', 'signal', 'mlKem'] as const) {
      const other = deriveMasterSecrets(s0, { ...exports, [layer]: fill(0xff) }, th1);
      for (const name of Object.keys(base) as (keyof typeof base)[]) {
        expect(encodeHex(other[name])).not.to.equal(encodeHex(base[name]));
      }
    }
  });

  it('CC-KS-05: PSK id and binders follow the profile, and differ by role and content', async () => {
    const secret = fill(0x11);
    const pair = pairPsk(secret);
    const id = await expandLabel(secret, 'psk id', new Uint8Array(0));
    expect(encodeHex(pair.id)).to.equal(encodeHex(id.slice(0, 16)));

    const extracted = await hmac(fill(0), secret);
    const key = await expandLabel(extracted, 'binder A', new Uint8Array(0));
    const content = [ascii('P'), ascii('hello')];
    const binder = computeBinder({ psk: pair, role: 'A', content });
    expect(encodeHex(binder)).to.equal(encodeHex(await hmac(key, ascii('Phello'))));
    verifyBinder({ psk: pair, role: 'A', content }, binder);
    expect(() => verifyBinder({ psk: pair, role: 'B', content }, binder)).to.throw();
    expect(() => verifyBinder({ psk: pair, role: 'A', content: [ascii('P')] }, binder)).to.throw();
    expect(() => verifyBinder({ psk: pairPsk(fill(0x12)), role: 'A', content }, binder)).to.throw();
  });

  it('CC-KS-05: a pair PSK is a copy, which outlives the wiping of its source', () => {
    const secret = fill(0x11);
    const pair = pairPsk(secret);
    secret.fill(0);
    expect(encodeHex(pair.secret)).to.equal(encodeHex(fill(0x11)));
    expect(() => pairPsk(fill(1, 31))).to.throw();
  });
});
