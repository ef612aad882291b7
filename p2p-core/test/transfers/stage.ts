/** Two people with files over the test network: real sessions, real cascade, real OPFS. */
import { expect } from '@esm-bundle/chai';
import type { EnkEvent, FileView, TransferId, TransferView } from '../../worker/api.ts';
import { befriend, Peer } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

/** A frame of a chunk of a file is longer than this, every other frame here is shorter. */
export const SHORTEST_CHUNK_FRAME_BYTES = 40_000;

export interface Stage {
  readonly network: TestNetwork;
  readonly alice: Peer;
  readonly bob: Peer;
}

export async function openStage(): Promise<Stage> {
  const network = new TestNetwork();
  network.isRecording = false;
  const [alice, bob] = [await Peer.start(network, 'Alice'), await Peer.start(network, 'Bob')];
  await befriend(alice, bob);
  return { network, alice, bob };
}

export async function closeStage({ alice, bob }: Stage): Promise<void> {
  await alice.close();
  await bob.close();
}

/** Bytes that tell their place: a moved byte shows. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i ^ (seed * 0x9e37), 0x85ebca6b);
  return new Uint8Array(words.buffer, 0, length).slice();
}

function lastOf<T extends EnkEvent['type']>(peer: Peer, type: T): (EnkEvent & { type: T }) | undefined {
  return peer.events.findLast(event => event.type === type) as (EnkEvent & { type: T }) | undefined;
}

export function transfersOf(peer: Peer): readonly TransferView[] {
  return lastOf(peer, 'transfers')?.transfers ?? [];
}

export function filesOf(peer: Peer): readonly FileView[] {
  return lastOf(peer, 'files')?.files ?? [];
}

/** The first transfer of this peer that fits; waits for it. */
export function untilTransfer(
  peer: Peer,
  what: string,
  fits: (view: TransferView) => boolean,
): Promise<TransferView> {
  return peer.until(`transfer ${what}: ${JSON.stringify(transfersOf(peer))}`, () =>
    transfersOf(peer).find(fits),
  );
}

export const isState =
  (state: TransferView['state'], isMine?: boolean) =>
  (view: TransferView): boolean =>
    view.state === state && (isMine === undefined || view.isMine === isMine);

/** `from` offers a file of its vault; resolves with its id at `from`. */
export async function offerStored(
  from: Peer,
  bytes: Uint8Array<ArrayBuffer>,
  name = 'plan.bin',
): Promise<TransferId> {
  const fileId = await from.core.addFile({ file: new Blob([bytes]), name });
  const contactId = from.contact.id;
  return from.core.sendFile({ contactId, what: { kind: 'stored', fileId }, caption: '' });
}

/** Says yes to the one offer that waits. */
export async function acceptOffer(peer: Peer): Promise<TransferId> {
  const { id } = await untilTransfer(peer, 'offered', isState('offered', false));
  await peer.core.answerTransfer({ transferId: id, accept: true });
  return id;
}

export async function untilDone(peer: Peer, count = 1): Promise<void> {
  await peer.until(`${count} done: ${JSON.stringify(transfersOf(peer))}`, () => {
    const done = transfersOf(peer).filter(({ state }) => state === 'done').length;
    return done >= count;
  });
}

export async function readAll(peer: Peer, fileId: string): Promise<Uint8Array> {
  const { sizeBytes } = filesOf(peer).find(({ id }) => id === fileId) ?? { sizeBytes: 0 };
  const bytes = new Uint8Array(sizeBytes);
  for (let offset = 0; offset < sizeBytes; offset += 2 ** 20) {
    const length = Math.min(2 ** 20, sizeBytes - offset);
    bytes.set(await peer.core.readFile({ fileId, offset, length }), offset);
  }
  return bytes;
}

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** What the peer received, whole, equals `bytes`. */
export async function expectReceived(peer: Peer, bytes: Uint8Array, what = ''): Promise<void> {
  const view = transfersOf(peer).findLast(({ isMine, state }) => !isMine && state === 'done');
  if (view?.fileId === null || view === undefined) return expect.fail(`${what}: nothing was received`);
  await peer.until('listed', () => filesOf(peer).some(({ id }) => id === view.fileId));
  expect(isEqual(await readAll(peer, view.fileId), bytes), `${what}: byte-equal`).to.equal(true);
}

/** Counts chunk frames of one peer, and calls back at each. */
export function countChunks(
  network: TestNetwork,
  from: Peer,
  onChunk: (count: number) => void,
): { count: number } {
  const counted = { count: 0 };
  network.filter = record => {
    if (record.from === from.transport.peerId && record.bytes.length > SHORTEST_CHUNK_FRAME_BYTES) {
      counted.count += 1;
      onChunk(counted.count);
    }
    return true;
  };
  return counted;
}
