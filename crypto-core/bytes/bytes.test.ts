import { expect } from '@esm-bundle/chai';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { concat, lp } from './concat.ts';
import { constantTimeEqual, isAllZero } from './equal.ts';
import { decodeHex, encodeHex } from './hex.ts';
import { withHmacSha256 } from './hmac-sha256.ts';
import type { Mac } from './hmac-sha256.ts';
import { readU32, readU64, u32, u64 } from './integers.ts';
import { deriveKey, hkdfExpand, hkdfExtract, hkdfSha256, hmacSha256, hmacSha256Pair, sha256 } from './kdf.ts';
import { randomBytes } from './random.ts';
import { source } from './source.ts';
import { decodeUtf8, utf8 } from './utf8.ts';
import { wipe } from './wipe.ts';

describe('bytes', () => {
  it('joins and length-prefixes', () => {
    expect(encodeHex(concat(decodeHex('01'), decodeHex(''), decodeHex('0203')))).to.equal('010203');
    expect(encodeHex(lp(decodeHex('aabb')))).to.equal('00000002aabb');
  });

  it('writes and reads big-endian integers at an offset of a view', () => {
    expect(encodeHex(u32(0xdeadbeef))).to.equal('deadbeef');
    expect(encodeHex(u64(2 ** 53 - 1))).to.equal('001fffffffffffff');
    const view = concat(decodeHex('ffff'), u32(7), u64(2 ** 40 + 3)).subarray(2);
    expect(readU32(view, 0)).to.equal(7);
    expect(readU64(view, 4)).to.equal(2 ** 40 + 3);
    expect(() => readU64(decodeHex('0020000000000000'), 0)).to.throw(RangeError);
    expect(() => readU32(view, view.length)).to.throw(RangeError);
    for (const bad of [-1, 1.5, 2 ** 32, Number.NaN]) expect(() => u32(bad)).to.throw(RangeError);
  });

  it('round-trips base64url of every length', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = randomBytes(length);
      const text = encodeBase64Url(bytes);
      expect(text).to.match(/^[A-Za-z0-9_-]*$/);
      expect(encodeHex(decodeBase64Url(text))).to.equal(encodeHex(bytes));
    }
  });

  it('refuses a second base64url form of the same bytes', () => {
    for (const text of ['A', 'AB', 'AAB', 'AA==', 'AA ', 'A+AA', 'A/AA', 'AAAA\n', 'ÄAAA', 'AAAAA']) {
      expect(() => decodeBase64Url(text), text).to.throw(SyntaxError);
    }
  });

  it('round-trips hex and refuses the rest', () => {
    expect(encodeHex(decodeHex('00fFA0'))).to.equal('00ffa0');
    for (const text of ['0', '0g', ' 00', '0x00']) expect(() => decodeHex(text)).to.throw(SyntaxError);
  });

  it('decodes strict UTF-8 only', () => {
    expect(decodeUtf8(utf8('\ufeffé😀'))).to.equal('\ufeffé😀');
    expect(() => decodeUtf8(decodeHex('c080'))).to.throw(TypeError);
  });

  it('compares, finds zeros, wipes', () => {
    const secret = randomBytes(32);
    expect(constantTimeEqual(secret, secret.slice())).to.equal(true);
    expect(constantTimeEqual(secret, secret.subarray(1))).to.equal(false);
    wipe(secret);
    expect(isAllZero(secret)).to.equal(true);
    expect(isAllZero(u32(256))).to.equal(false);
  });

  it('finds a single bit at every position of a view of any offset and length', () => {
    for (let offset = 0; offset < 5; offset++) {
      for (const length of [0, 1, 7, 23, 127, 128, 129, 130, 131, 140]) {
        const view = new Uint8Array(offset + length + 5).fill(1, 0, offset).fill(1, offset + length);
        const bytes = view.subarray(offset, offset + length);
        expect(isAllZero(bytes), `${offset} ${length}`).to.equal(true);
        for (let i = 0; i < length; i++) {
          bytes[i] = 0x80;
          expect(isAllZero(bytes), `${offset} ${length} ${i}`).to.equal(false);
          bytes[i] = 0;
        }
      }
    }
  });

  it('refuses shared memory', () => {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    expect(() => source(new Uint8Array(buffer))).to.throw(TypeError);
  });
});

describe('key derivation', () => {
  it('agrees with RFC 5869 test case 1', () => {
    const ikm = new Uint8Array(22).fill(0x0b);
    const salt = decodeHex('000102030405060708090a0b0c');
    const info = decodeHex('f0f1f2f3f4f5f6f7f8f9');
    const okm = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865';
    expect(encodeHex(hkdfSha256({ ikm, salt, info, length: 42 }))).to.equal(okm);
    expect(encodeHex(hkdfExpand(hkdfExtract(salt, ikm), info, 42))).to.equal(okm);
  });

  it('agrees with the library for keys and messages of every length around a block', () => {
    for (let size = 0; size < 140; size += 3) {
      const [key, message, salt] = [randomBytes(size), randomBytes((size * 7) % 150), randomBytes(size)];
      const expected = encodeHex(hmac(nobleSha256, key, message));
      expect(encodeHex(hmacSha256(key, message)), `${size}`).to.equal(expected);
      const [first, second] = hmacSha256Pair(key, message, salt);
      expect(encodeHex(first)).to.equal(expected);
      expect(encodeHex(second)).to.equal(encodeHex(hmac(nobleSha256, key, salt)));
      expect(encodeHex(hkdfSha256({ ikm: key, salt, info: message, length: size }))).to.equal(
        encodeHex(hkdf(nobleSha256, key, salt, message, size)),
      );
    }
    expect(hkdfExpand(randomBytes(32), utf8('x'), 8_160).length).to.equal(8_160);
    for (const bad of [8_161, -1, 0.5]) {
      expect(() => hkdfExpand(randomBytes(32), utf8('x'), bad)).to.throw(RangeError);
    }
  });

  it('keeps no key in the shared hash objects, also when its user throws', () => {
    const [key, message] = [randomBytes(32), randomBytes(10)];
    let kept: Mac | undefined;
    const lend = (): never =>
      withHmacSha256(key, mac => {
        kept = mac;
        throw new Error('user');
      });
    expect(lend).to.throw('user');
    expect(() => kept?.(message)).to.throw();
    expect(encodeHex(hmacSha256(key, message))).to.equal(encodeHex(hmac(nobleSha256, key, message)));
  });

  it('agrees with WebCrypto', async () => {
    const message = randomBytes(100);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', message));
    expect(encodeHex(sha256(message.subarray(0, 40), message.subarray(40)))).to.equal(encodeHex(digest));
    const raw = randomBytes(32);
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, message));
    expect(encodeHex(hmacSha256(raw, message))).to.equal(encodeHex(mac));
  });

  it('L(k, label, ctx) expands "enk/v1 " ‖ label ‖ 0 ‖ H(ctx)', () => {
    const key = randomBytes(32);
    const ctx = utf8('context');
    const info = concat(utf8('enk/v1 key A→B'), new Uint8Array(1), sha256(ctx));
    expect(encodeHex(deriveKey(key, 'key A→B', ctx))).to.equal(encodeHex(hkdfExpand(key, info, 32)));
  });
});
