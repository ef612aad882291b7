/**
 * What the golden vectors must hold, for the tests in the browser and in Node alike: a claim and a check each. A
 * check throws. How files are read is the caller's.
 */
import { BulkOpener } from '../../bulk/fast-bulk.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { concat } from '../../bytes/concat.ts';
import { importX25519Secret } from '../../identity/x25519.ts';
import { kemLayer } from '../../ml-kem/kem-layer.ts';
import { createKemState, deriveKemSecrets, type KemState } from '../../ml-kem/kem-ratchet.ts';
import { sha256 } from '../../bytes/kdf.ts';
import { createResponderRatchet, type SignalState } from '../../signal/double-ratchet.ts';
import { derivePqxdhSecret } from '../../signal/pqxdh.ts';
import { signalLayer } from '../../signal/signal-layer.ts';
import { computeX25519 } from '../../identity/x25519.ts';
import { codeOf, resultOf, type ErrorsJson } from './error-vectors.ts';
import type { FastBulkJson, KemJson, SignalJson } from './layer-vectors.ts';
import { runChunks, runPipeline, type ChunksJson, type PipelineJson } from './published-vectors.ts';
import { encodeVectorFile, GOLDEN_VECTORS, makeVectorFile, type VectorFile } from './vectors.ts';

/** The text of a file of `test/vectors/profile-v1`. */
export type ReadVectorText = (file: string) => Promise<string>;

/** A claim for a test's title, and its check. */
export interface GoldenCheck {
  readonly claim: string;
  check(): Promise<void>;
}

/** Every file comes out of its seed again, byte for byte, through the real code on both sides. */
export function regenerationChecks(read: ReadVectorText): GoldenCheck[] {
  return GOLDEN_VECTORS.map(vector => ({
    claim: `${vector.name}, ${vector.about}: the same seed gives the same bytes`,
    async check() {
      const committed = await read(vector.file);
      assertSame(encodeVectorFile(await makeVectorFile(vector)), committed);
    },
  }));
}

/** The files open from what they record, without any seed. */
export function openingChecks(read: ReadVectorText): GoldenCheck[] {
  const contentOf = async <Content>(file: string): Promise<Content> =>
    (JSON.parse(await read(file)) as VectorFile).content as Content;
  return [
    {
      claim: 'V1 and V2, as published: the mock layers come out of the generic pipeline',
      async check() {
        const v1 = await contentOf<PipelineJson>('v1-pipeline.json');
        const v2 = await contentOf<PipelineJson>('v2-layer-names.json');
        assertSame(`${v1.plaintext} → ${v1.ciphertext}`, '4869 → 4869010203');
        assertSame(`${v2.plaintext} → ${v2.ciphertext}`, '0a141e28 → 0a141e2801020304');
        for (const vector of [v1, v2]) assertSame(await runPipeline(vector), vector);
      },
    },
    {
      claim: 'V5: the responder opens every Signal message from the recorded secrets, late ones too',
      async check() {
        await openSignal((await contentOf<{ signal: SignalJson }>('v5-ratchets.json')).signal);
      },
    },
    {
      claim: 'V5: the ML-KEM layer opens generation 0 from the recorded shared secret',
      async check() {
        await openKem((await contentOf<{ mlKem: KemJson }>('v5-ratchets.json')).mlKem);
      },
    },
    {
      claim: 'V6: fast chunks open from the recorded file key',
      async check() {
        await openFastBulk((await contentOf<{ fast: FastBulkJson }>('v6-bulk.json')).fast);
      },
    },
    {
      claim: 'V7, as published: 9,000 bytes are two chunks of 8,192',
      async check() {
        const vector = await contentOf<ChunksJson>('v7-chunks.json');
        assertSame(vector, { sizeBytes: 9_000, chunkBytes: 8_192, chunks: 2 });
        assertSame(runChunks(vector), vector);
      },
    },
  ];
}

/** V9: every damaged input is refused with its code, and every valid one is not. */
export async function checkErrors(read: ReadVectorText): Promise<{ refused: number; accepted: number }> {
  const { content } = JSON.parse(await read('v9-errors.json')) as { content: ErrorsJson };
  const counts = { refused: 0, accepted: 0 };
  for (const vector of content.parsers) {
    assertSame(
      `${vector.parser}, ${vector.name}: ${codeOf(vector)}`,
      `${vector.parser}, ${vector.name}: ${vector.code}`,
    );
    counts[vector.code === 'accepted' ? 'accepted' : 'refused']++;
  }
  for (const vector of content.session.cases) {
    assertSame(`${vector.name}: ${await resultOf(vector)}`, `${vector.name}: ${vector.result}`);
    counts[vector.result === 'rejected' ? 'refused' : 'accepted']++;
  }
  return counts;
}

/** B's side, as far as the messages of A go before A answers a fresh key of B's. */
async function openSignal(vector: SignalJson): Promise<void> {
  const { x25519, mlKem } = vector.secrets;
  const privateOf = (publicKey: string) => importX25519Secret(decodeHex(x25519[publicKey] ?? ''));
  const signedPrekey = await privateOf(vector.signedPrekey);
  const identity = await privateOf(vector.dhKeys.B);
  const ephemeralKey = decodeHex(vector.ephemeralKey);
  const secret = derivePqxdhSecret([
    await computeX25519(signedPrekey.privateKey, decodeHex(vector.dhKeys.A)),
    await computeX25519(identity.privateKey, ephemeralKey),
    await computeX25519(signedPrekey.privateKey, ephemeralKey),
    decodeHex(mlKem[encodeHex(sha256(decodeHex(vector.kemCiphertext)))] ?? ''),
  ]);
  const { A, B } = vector.dhKeys;
  const associatedData = concat(decodeHex(A), decodeHex(B), decodeHex(vector.sessionId));
  let state: SignalState = createResponderRatchet({ secret, signedPrekey, associatedData });
  const firstKey = vector.messages.find(({ by, op }) => by === 'A' && op === 'seal')?.bytes.slice(0, 64);
  const ofFirstChain = vector.messages.filter(
    ({ by, op, bytes }) => by === 'B' && op === 'open' && bytes.slice(0, 64) === firstKey,
  );
  for (const { bytes, plaintext } of ofFirstChain) {
    const step = await signalLayer.open(state, decodeHex(bytes));
    assertSame(encodeHex(step.bytes), plaintext);
    state = step.next;
  }
  assertSame(ofFirstChain.length, 3);
}

async function openKem(vector: KemJson): Promise<void> {
  const [encapsulationKey, ciphertext] = [decodeHex(vector.encapsulationKey), decodeHex(vector.ciphertext)];
  const sessionId = decodeHex(vector.sessionId);
  const sharedSecret = decodeHex(vector.secrets.mlKem[encodeHex(sha256(ciphertext))] ?? '');
  const { root } = deriveKemSecrets({ sharedSecret, encapsulationKey, ciphertext }, sessionId);
  let state: KemState = createKemState({ role: 'B', root, sessionId, nowMs: 0 });
  const opened = vector.messages.filter(
    ({ by, op, bytes }) => by === 'B' && op === 'open' && bytes.startsWith('00000000'),
  );
  for (const { bytes, plaintext } of opened) {
    const step = await kemLayer.open(state, decodeHex(bytes));
    assertSame(encodeHex(step.bytes), plaintext);
    state = step.next;
  }
  assertSame(opened.length, 2);
}

async function openFastBulk(vector: FastBulkJson): Promise<void> {
  const file = decodeHex(vector.file);
  const transfer = {
    fileKey: decodeHex(vector.fileKey),
    fileId: decodeHex(vector.fileId),
    sessionId: decodeHex(vector.sessionId),
    sizeBytes: file.length,
    chunkBytes: vector.chunkBytes,
  };
  const rebuilt = new Uint8Array(file.length);
  for (const { attemptId, frames } of vector.attempts) {
    const opener = await BulkOpener.create(transfer, decodeHex(attemptId));
    for (const frame of frames) {
      const { index, chunk } = await opener.open(decodeHex(frame));
      rebuilt.set(chunk, index * vector.chunkBytes);
    }
  }
  assertSame(encodeHex(rebuilt), vector.file);
}

/** Throws at the first place where two values differ. */
export function assertSame(actual: unknown, expected: unknown): void {
  const [one, two] = [actual, expected].map(value =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
  if (one === two) return;
  let place = 0;
  while (one?.[place] === two?.[place]) place++;
  const around = (text: string | undefined): string =>
    (text ?? '').slice(Math.max(0, place - 80), place + 60);
  throw new Error(`differs at ${place}: …${around(one)}… instead of …${around(two)}…`);
}
