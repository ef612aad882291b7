/** The published SFrame vectors inside a dedicated worker, where calls use them: answers with what did not hold. */
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { importSFrameAead } from '../../sframe/aead.ts';
import { importSFrameKey, openFrame, protectFrame } from '../../sframe/frame-key.ts';
import { decodeSFrameHeader, encodeSFrameHeader } from '../../sframe/header.ts';
import { type SFrameSuiteId, sframeSuite } from '../../sframe/suites.ts';

interface File {
  readonly header: readonly { readonly kid: string; readonly ctr: string; readonly encoded: string }[];
  readonly aes_ctr_hmac: readonly Readonly<
    Record<string, string> & { readonly cipher_suite: SFrameSuiteId }
  >[];
  readonly sframe: readonly Readonly<
    Record<string, string> & {
      readonly cipher_suite: SFrameSuiteId;
      readonly kid: number;
      readonly ctr: number;
    }
  >[];
}

const hex = (vector: Readonly<Record<string, unknown>>, key: string): Uint8Array<ArrayBuffer> =>
  decodeHex(String(vector[key]));

async function run(file: File): Promise<{ readonly count: number; readonly failed: readonly string[] }> {
  const failed: string[] = [];
  let count = 0;
  const check = (name: string, actual: Uint8Array, expected: string): void => {
    count += 1;
    if (encodeHex(actual) !== expected) failed.push(name);
  };
  for (const { kid, ctr, encoded } of file.header) {
    check('header', encodeSFrameHeader({ kid: BigInt(kid), ctr: BigInt(ctr) }), encoded);
  }
  for (const vector of file.aes_ctr_hmac) {
    const aead = await importSFrameAead(sframeSuite(vector.cipher_suite), hex(vector, 'key'));
    const input = { nonce: hex(vector, 'nonce'), associatedData: hex(vector, 'aad') };
    check('aead', await aead.encrypt(input, hex(vector, 'pt')), String(vector['ct']));
  }
  for (const vector of file.sframe) {
    const [suiteId, kid, ctr] = [vector.cipher_suite, BigInt(vector.kid), BigInt(vector.ctr)];
    const key = await importSFrameKey({ suiteId, kid, baseKey: hex(vector, 'base_key') });
    const metadata = hex(vector, 'metadata');
    const frame = await protectFrame(key, ctr, { plaintext: hex(vector, 'pt'), metadata });
    check('sframe', frame, String(vector['ct']));
    const headerBytes = decodeSFrameHeader(frame).sizeBytes;
    check('opened', await openFrame(key, { ctr, frame, headerBytes, metadata }), String(vector['pt']));
  }
  return { count, failed };
}

globalThis.onmessage = ({ data }: MessageEvent<File>): void => {
  run(data).then(
    result => globalThis.postMessage(result),
    (error: unknown) => globalThis.postMessage({ count: 0, failed: [String(error)] }),
  );
};
