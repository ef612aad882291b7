/**
 * V1, V2 and V7 as published for EnkryptedChat-Profile-v0: mock layers, each of which appends its byte, and the
 * number of chunks of 9,000 bytes. They test the generic pipeline of layers and the arithmetic of chunks, no
 * cryptography.
 */
import { countChunks } from '../../bulk/chunks.ts';
import { concat } from '../../bytes/concat.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { type CipherLayer, openThrough, sealThrough } from '../../cascade/cipher-layer.ts';

export interface PipelineJson {
  readonly layers: readonly { readonly name: string; readonly appends: string }[];
  readonly plaintext: string;
  readonly ciphertext: string;
}

export interface ChunksJson {
  readonly sizeBytes: number;
  readonly chunkBytes: number;
  readonly chunks: number;
}

export const V1: PipelineJson = {
  layers: ['01', '02', '03'].map(appends => ({ name: `mock ${appends}`, appends })),
  plaintext: '4869',
  ciphertext: '4869010203',
};

export const V2: PipelineJson = {
  layers: ['MLS', 'Signal', 'ML-KEM', 'AES'].map((name, index) => ({ name, appends: `0${index + 1}` })),
  plaintext: '0a141e28',
  ciphertext: '0a141e2801020304',
};

export const V7: ChunksJson = { sizeBytes: 9_000, chunkBytes: 8_192, chunks: 2 };

/** What our pipeline makes of the plaintext, and of its own output. */
export async function runPipeline({ layers, plaintext }: PipelineJson): Promise<PipelineJson> {
  const pipeline = { layers: layers.map(mockLayer), states: layers.map(() => null) };
  const sealed = await sealThrough(pipeline, decodeHex(plaintext));
  const opened = await openThrough(pipeline, sealed.bytes);
  return { layers, plaintext: encodeHex(opened.bytes), ciphertext: encodeHex(sealed.bytes) };
}

/** The number of chunks by our function. */
export function runChunks({ sizeBytes, chunkBytes }: ChunksJson): ChunksJson {
  return { sizeBytes, chunkBytes, chunks: countChunks({ sizeBytes, chunkBytes }) };
}

function mockLayer({ name, appends }: { name: string; appends: string }): CipherLayer<unknown> {
  return {
    name,
    seal: async (next, plaintext) => ({
      next,
      bytes: concat(plaintext, decodeHex(appends)),
      consumed: [],
    }),
    async open(next, bytes) {
      if (encodeHex(bytes.slice(-1)) !== appends) throw new Error('another layer');
      return { next, bytes: bytes.slice(0, -1), consumed: [] };
    },
  };
}
