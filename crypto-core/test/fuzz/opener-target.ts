/** Openers outside of the cascade: SFrame and fast bulk, with frames damaged, moved, replayed and foreign. */
import { concat } from '../../bytes/concat.ts';
import { u64 } from '../../bytes/integers.ts';
import { BulkOpener, BulkSealer } from '../../bulk/fast-bulk.ts';
import type { BulkTransfer } from '../../bulk/fast-bulk.ts';
import { CryptoCoreError } from '../../errors.ts';
import { SFrameReceiver } from '../../sframe/receiver.ts';
import { SFrameSender } from '../../sframe/sender.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';
import { withSeededPlatform } from './seeded-platform.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

/** Openers with a frame each that they would still take, and one that they took. */
export interface OpenerWorld {
  readonly sframe: SFrameReceiver;
  readonly sframeDue: Uint8Array;
  readonly sframeTaken: Uint8Array;
  readonly metadata: Uint8Array;
  readonly bulk: BulkOpener;
  readonly bulkDue: Uint8Array;
  readonly bulkTaken: Uint8Array;
  readonly foreign: readonly Uint8Array[];
  /** A further honest frame for each. */
  sealNext(): Promise<{ readonly sframe: Uint8Array; readonly chunk: Uint8Array }>;
}

const CHUNK_BYTES = 256;

export function makeOpenerWorld(random: FuzzRandom): Promise<OpenerWorld> {
  return withSeededPlatform(random, async () => {
    const metadata = random.bytes(12);
    const input = { kid: 4_711n, baseKey: random.bytes(32) };
    const sender = await SFrameSender.create(input);
    const sframe = new SFrameReceiver();
    await sframe.addKey(input);
    const [sframeTaken, sframeDue] = [
      await sender.encrypt(random.bytes(300), metadata),
      await sender.encrypt(random.bytes(300), metadata),
    ];
    await sframe.open(sframeTaken, metadata);
    const transfer: BulkTransfer = {
      fileKey: random.bytes(32),
      fileId: random.bytes(16),
      sessionId: random.bytes(32),
      sizeBytes: 65_536 * CHUNK_BYTES,
      chunkBytes: CHUNK_BYTES,
    };
    const sealer = await BulkSealer.start(transfer);
    const bulk = await BulkOpener.create(transfer, sealer.attemptId);
    const [bulkTaken, bulkDue] = [
      await sealer.seal(0, random.bytes(CHUNK_BYTES)),
      await sealer.seal(1, random.bytes(CHUNK_BYTES)),
    ];
    await bulk.open(bulkTaken);
    const resumed = await (await BulkSealer.start(transfer)).seal(1, random.bytes(CHUNK_BYTES));
    const foreign = [resumed, sframeDue, bulkDue];
    let index = 2;
    const sealNext = async () => ({
      sframe: await sender.encrypt(new Uint8Array(300), metadata),
      chunk: await sealer.seal(index++, new Uint8Array(CHUNK_BYTES)),
    });
    return { sealNext, sframe, sframeDue, sframeTaken, metadata, bulk, bulkDue, bulkTaken, foreign };
  });
}

/** One hostile SFrame or fast bulk frame. */
export async function runOpenerAttack(random: FuzzRandom, world: OpenerWorld): Promise<Verdict> {
  const isSFrame = random.chance(0.5);
  const [due, taken] = isSFrame ? [world.sframeDue, world.sframeTaken] : [world.bulkDue, world.bulkTaken];
  let { mutation, bytes } = mutateBytes(random, due, world.foreign);
  if (random.chance(0.1)) [mutation, bytes] = ['replayed', taken];
  if (random.chance(0.1) && !isSFrame) {
    [mutation, bytes] = ['index moved', concat(due.subarray(0, 3), u64(random.int(6)), due.subarray(11))];
  }
  if (sameBytes(bytes, due)) [mutation, bytes] = ['replayed', taken];
  const place = isSFrame ? 'SFrame' : 'fast bulk';
  if (!(isSFrame ? await refusesSFrame(world, bytes) : await refusesBulk(world, bytes))) {
    throw new FuzzFailure(`${place}: ${mutation}: accepted`, bytes);
  }
  return { rejectedBy: place, reached: [place], mutation: `${place}: ${mutation}`, outcome: 'rejected' };
}

/** Both openers still take what the honest sender sends next. */
export async function expectOpenersUnchanged(world: OpenerWorld): Promise<void> {
  const next = await world.sealNext();
  const opened = await world.sframe.open(next.sframe, world.metadata);
  if (opened.kind !== 'opened') throw new FuzzFailure('SFrame: hostile frames changed the receiver');
  await world.bulk.open(next.chunk);
}

async function refusesSFrame({ sframe, metadata }: OpenerWorld, bytes: Uint8Array): Promise<boolean> {
  return (await sframe.open(bytes, metadata)).kind === 'rejected';
}

async function refusesBulk({ bulk }: OpenerWorld, bytes: Uint8Array): Promise<boolean> {
  try {
    await bulk.open(bytes);
  } catch (error) {
    if (!(error instanceof CryptoCoreError)) throw error;
    expectTyped(error, ['protocol-error'], bytes);
    return true;
  }
  return false;
}
