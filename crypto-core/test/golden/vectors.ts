/** All golden vectors of the profile: file name, and the function that makes its content from a fixed seed. */
import {
  makeConversation,
  makeHandshakes,
  makeReconnects,
  makeRotations,
  makeStandardBulk,
} from './conversation-vectors.ts';
import { makeErrors } from './error-vectors.ts';
import { makeFastBulk, makeMlsGroup, makeRatchets, makeRecordSteps } from './layer-vectors.ts';
import { V1, V2, V7 } from './published-vectors.ts';
import { onSeededPlatform, type SeededPlatform } from './seeded-platform.ts';

export const PROFILE_NAME = 'EnkryptedChat-Profile-v1';

/** The content of a file. */
export interface VectorFile {
  readonly profile: typeof PROFILE_NAME;
  readonly vector: string;
  readonly about: string;
  readonly content: unknown;
}

interface GoldenVector {
  readonly name: string;
  readonly file: string;
  readonly about: string;
  make(platform: SeededPlatform): Promise<unknown>;
}

export const GOLDEN_VECTORS: readonly GoldenVector[] = [
  {
    name: 'V1',
    file: 'v1-pipeline.json',
    about: 'three mock layers; as published for v0',
    make: async () => V1,
  },
  {
    name: 'V2',
    file: 'v2-layer-names.json',
    about: 'mock layers of the profile’s names; as published for v0',
    make: async () => V2,
  },
  { name: 'V3', file: 'v3-mls.json', about: 'the MLS group of a pair', make: makeMlsGroup },
  { name: 'V4', file: 'v4-handshake.json', about: 'handshake: every frame and key', make: makeHandshakes },
  {
    name: 'V5',
    file: 'v5-ratchets.json',
    about: 'Signal layer out of order, ML-KEM layer with rekeys',
    make: makeRatchets,
  },
  {
    name: 'V6',
    file: 'v6-bulk.json',
    about: 'bulk chunks: standard through the cascade, and fast',
    make: async platform => ({ standard: await makeStandardBulk(platform), fast: await makeFastBulk() }),
  },
  {
    name: 'V7',
    file: 'v7-chunks.json',
    about: 'number of chunks; as published for v0',
    make: async () => V7,
  },
  {
    name: 'V8',
    file: 'v8-cascade.json',
    about: 'a conversation through the whole cascade',
    make: makeConversation,
  },
  { name: 'V9', file: 'v9-errors.json', about: 'what must be refused', make: makeErrors },
  { name: 'V10', file: 'v10-reconnect.json', about: 'handshakes with pair secrets', make: makeReconnects },
  {
    name: 'V11',
    file: 'v11-rotation.json',
    about: 'rekey and rotation, simultaneous ones too; hash steps of the record layer',
    make: async platform => ({
      ...(await makeRotations(platform)),
      recordSteps: await makeRecordSteps(platform),
    }),
  },
];

/** Makes one file again from its seed. */
export async function makeVectorFile({ name, about, make }: GoldenVector): Promise<VectorFile> {
  const content = await onSeededPlatform(name, make);
  return { profile: PROFILE_NAME, vector: name, about, content };
}

/** The bytes of a committed file. */
export function encodeVectorFile(file: VectorFile): string {
  return `${JSON.stringify(file, null, 1)}\n`;
}
