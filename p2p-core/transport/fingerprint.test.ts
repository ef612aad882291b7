import { expect } from '@esm-bundle/chai';
import { areEqual, isOwnCertificate, readFingerprint } from './fingerprint.ts';

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
const value = (first: number): string =>
  Array.from({ length: 32 }, (_, i) => hex((first + i) % 256)).join(':');
const line = (first: number): string => `a=fingerprint:sha-256 ${value(first)}`;
const sdp = (...lines: string[]): string => ['v=0', 's=-', ...lines, ''].join('\r\n');

describe('P2P-LNK-04: readFingerprint', () => {
  it('reads the 32 bytes of the only SHA-256 fingerprint', () => {
    expect(readFingerprint(sdp(line(7)))).to.deep.equal(Uint8Array.from({ length: 32 }, (_, i) => 7 + i));
  });

  it('takes the same fingerprint at session and media level, in any case', () => {
    expect(readFingerprint(sdp(line(1), 'm=application 9 x y', line(1).toLowerCase()))?.length).to.equal(32);
  });

  const refused: readonly [string, string][] = [
    ['none', sdp()],
    ['two distinct ones', sdp(line(1), line(2))],
    ['one with another hash beside it', sdp(line(1), 'a=fingerprint:sha-1 AA:BB')],
    ['SHA-512 alone', sdp(`a=fingerprint:sha-512 ${value(0)}:${value(32)}`)],
    ['31 bytes', sdp(`a=fingerprint:sha-256 ${value(0).slice(3)}`)],
    ['33 bytes', sdp(`a=fingerprint:sha-256 ${value(0)}:00`)],
    ['no hexadecimal', sdp(line(1).replace('01', '0g'))],
    ['one with a space after the equals sign beside it', sdp(line(1), line(2).replace('=', '= '))],
    ['one with a space before the colon beside it', sdp(line(1), line(2).replace('t:', 't :'))],
    ['one with a space in front beside it', sdp(line(1), ` ${line(2)}`)],
    ['one with another space beside it', sdp(line(1), `${line(2)}\u2028`)],
    ['a line end hidden in a lone CR', `v=0\r${line(1)}\n${line(2)}\n`],
  ];
  for (const [what, text] of refused) {
    it(`refuses a description with ${what}`, () => {
      expect(readFingerprint(text)).to.equal(null);
    });
  }

  it('agrees with the certificate that the browser uses, and differs for a fresh one', async () => {
    const algorithm: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };
    const certificate = await RTCPeerConnection.generateCertificate(algorithm);
    const connection = new RTCPeerConnection({ certificates: [certificate] });
    connection.createDataChannel('x');
    const { sdp: own = '' } = await connection.createOffer();
    connection.close();
    const fingerprint = readFingerprint(own);
    expect(fingerprint && isOwnCertificate(certificate, fingerprint)).to.equal(true);
    const other = await RTCPeerConnection.generateCertificate(algorithm);
    expect(fingerprint && isOwnCertificate(other, fingerprint)).to.equal(false);
  });
});

describe('areEqual', () => {
  it('compares length and every byte', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(areEqual(bytes, Uint8Array.of(1, 2, 3))).to.equal(true);
    for (const other of [[1, 2], [1, 2, 3, 4], [1, 2, 4], []]) {
      expect(areEqual(bytes, Uint8Array.from(other))).to.equal(false);
    }
  });
});
