import { expect } from '@esm-bundle/chai';
import {
  canonicalJson,
  encodeManifest,
  fingerprintWords,
  parseManifest,
  parsePublicKey,
  parseSignatures,
  verifySignature,
  type ReleaseManifest,
} from './index.ts';
import { makeSigner, manifestOf, rootOf } from './test/signers.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (manifest: ReleaseManifest) => new TextDecoder().decode(encodeManifest(manifest));

describe('canonical JSON', () => {
  it('is that of RFC 8785: keys by UTF-16 code units, no space, ECMAScript’s strings', () => {
    // RFC 8785 §3.2.3: the order of its example.
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalJson(keys)).to.equal(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
    expect(canonicalJson({ b: [true, null, 'x"\n'], a: -3 })).to.equal('{"a":-3,"b":[true,null,"x\\"\\n"]}');
  });

  it('refuses what has no one form: fractions, lone surrogates', () => {
    expect(() => canonicalJson(0.1)).to.throw(TypeError);
    expect(() => canonicalJson('\ud800')).to.throw(TypeError);
  });
});

describe('a manifest', () => {
  let manifest: ReleaseManifest;
  before(async () => {
    manifest = manifestOf(rootOf([await makeSigner('Ana'), await makeSigner('Ben')], 2));
  });

  it('is read back as it was written, and has one text', () => {
    expect(parseManifest(encodeManifest(manifest))).to.deep.equal(manifest);
    const reversed = Object.fromEntries(Object.entries(manifest).reverse()) as unknown as ReleaseManifest;
    expect(text(reversed)).to.equal(text(manifest));
  });

  it('is refused in any other form of the same meaning', () => {
    const good = text(manifest);
    const doubled = good.replace('"seq":1', '"seq":2,"seq":1');
    for (const other of [
      `${good}\n`,
      ` ${good}`,
      `\ufeff${good}`,
      doubled,
      JSON.stringify(manifest, null, 1),
    ])
      expect(() => parseManifest(bytes(other)), other.slice(0, 20)).to.throw();
  });

  it('is refused cut short at any place', () => {
    const good = encodeManifest(manifest);
    for (let end = 0; end < good.length; end += 1) expect(() => parseManifest(good.slice(0, end))).to.throw();
  });

  it('is refused with a field that is missing, unknown or not what it must be', () => {
    const { root } = manifest;
    const [first] = root.keys;
    const hash = manifest.importMap;
    const wrong: readonly object[] = [
      { format: 'enk-release-2' },
      { version: '1' },
      { seq: 0 },
      { seq: 2 },
      { prev: hash },
      { expires: '2030-02-30T00:00:00Z' },
      { expires: '2030-01-01' },
      { extra: 1 },
      { files: { 'importmap.json': hash, '../x.js': hash } },
      { files: { 'importmap.json': hash, '/x.js': hash } },
      { files: { 'importmap.json': hash, 'a/./x.js': hash } },
      { files: { 'modules/a.js': hash } },
      { importMap: hash.replace('AA', 'BB') },
      { workers: { 'modules/gone.js': hash } },
      { serviceWorker: hash.replace('AA', 'BB') },
      { root: { ...root, threshold: 0 } },
      { root: { ...root, threshold: 3 } },
      { root: { keys: [], threshold: 1 } },
      { root: { keys: [first, { ...first, name: 'again' }], threshold: 2 } },
    ];
    for (const change of wrong) {
      const changed = { ...manifest, ...change } as ReleaseManifest;
      expect(() => encodeManifest(changed), JSON.stringify(change)).to.throw();
    }
    for (const field of Object.keys(manifest)) {
      const { [field as keyof ReleaseManifest]: _, ...rest } = manifest;
      expect(() => encodeManifest(rest as ReleaseManifest), field).to.throw();
    }
  });
});

describe('a signature of the minisign program', () => {
  // Made with minisign 0.11: `minisign -GW`, `minisign -S -l -t 'enkrypted test'` over this text.
  const PUBLIC_KEY = 'RWQZPu6XoZiBAdLnDu59SnnKP2q3e3qXI1vFNMEtEQK0vS75BiT7OrwD';
  const SIGNATURE = `untrusted comment: signature from minisign secret key
RWQZPu6XoZiBAThmEfSdFHkfAovHadGmfcyDXvKX4nmxooRfC4rmBrK2uwRIiWsbjNaUzMgxQiytgBzG5dNv1fqHkfCU1DeV/wg=
trusted comment: enkrypted test
TqtzOyHWAuhPBgi65pLZWVe/ltszfLvE5TQsyeHXaAexeJuTBEUD5VtHpw/8nz+HLNP9GldQRxxG7x2CHiMIDw==
`;
  const message = bytes('a release\n');

  it('is read and verified, and with any byte of it flipped it is not', async () => {
    const key = parsePublicKey(PUBLIC_KEY);
    const [signature] = parseSignatures(SIGNATURE);
    if (!key || !signature) throw new Error('not read');
    expect(signature.trustedComment).to.equal('enkrypted test');
    expect(await verifySignature(key, signature, message)).to.equal(true);
    expect(await verifySignature(key, signature, bytes('a release!'))).to.equal(false);
    for (const field of ['signature', 'globalSignature'] as const)
      for (let i = 0; i < 64; i += 1) {
        const flipped = signature[field].slice();
        flipped[i] = (flipped[i] ?? 0) ^ 1;
        expect(await verifySignature(key, { ...signature, [field]: flipped }, message)).to.equal(false);
      }
  });

  it('in the prehashed mode, damaged or cut off vouches for nothing', () => {
    const lines = SIGNATURE.split('\n');
    expect(parseSignatures(lines.slice(0, 3).join('\n'))).to.deep.equal([]);
    const block = lines[1] ?? '';
    for (const other of [block.replace(/^RW/, 'RU'), block.slice(4), `${block}AAAA`, ''])
      expect(parseSignatures([lines[0], other, ...lines.slice(2)].join('\n'))).to.deep.equal([]);
    expect(parseSignatures(`noise\n${SIGNATURE}noise\n${SIGNATURE}`)).to.have.length(2);
  });
});

describe('the fingerprint', () => {
  it('is the first 128 bits as proquints, the proposal’s own examples among them', () => {
    // The proposal: 127.0.0.1 is lusab-babad, 63.84.220.193 gutih-tugad, 140.98.193.141 mudof-sakat, 198.81.129.136 sinid-makam.
    const start = [127, 0, 0, 1, 63, 84, 220, 193, 140, 98, 193, 141, 198, 81, 129, 136];
    const hash = btoa(String.fromCharCode(...start, ...new Array<number>(32).fill(7)));
    expect(fingerprintWords(`sha384-${hash}`).join(' ')).to.equal(
      'lusab babad gutih tugad mudof sakat sinid makam',
    );
  });

  it('refuses what is no SHA-384 hash', () => {
    for (const wrong of ['', 'sha384-', 'sha256-AAAA', `sha384-${'A'.repeat(63)}`])
      expect(() => fingerprintWords(wrong)).to.throw(TypeError);
  });
});
