/** What transfers.test.ts claims, run inside a worker: synchronous handles exist nowhere else. */
import { expect } from '@esm-bundle/chai';
import { FILE_TRANSFER_CHUNK_BYTES, FILE_WINDOW_BYTES } from '../../limits.ts';
import type { Peer } from '../support/peer.ts';
import { manyCuts } from './cuts.ts';
import { hostileScenarios } from './hostile.ts';
import {
  acceptOffer,
  closeStage,
  countChunks,
  expectReceived,
  filesOf,
  isEqual,
  isState,
  offerStored,
  openStage,
  pattern,
  readAll,
  type Stage,
  transfersOf,
  untilDone,
  untilTransfer,
} from './stage.ts';

const MIB = 2 ** 20;

/** Alice sends, Bob takes, and `when` happens at the `at`th chunk; then both are there again and it must be whole. */
async function interrupted(
  at: number,
  when: (stage: Stage) => Promise<void>,
  sizeBytes = 3 * MIB + 77,
): Promise<{ readonly chunks: number; readonly total: number }> {
  const stage = await openStage();
  const { network, alice, bob } = stage;
  let happened!: Promise<void>;
  const counted = countChunks(network, alice, count => {
    if (count === at) happened = Promise.resolve().then(() => when(stage));
  });
  const bytes = pattern(sizeBytes, at);
  await offerStored(alice, bytes);
  await acceptOffer(bob);
  await alice.until('the moment', () => happened !== undefined || transfersOf(alice).some(isState('done')));
  await happened;
  await untilDone(bob);
  await untilDone(alice);
  await expectReceived(bob, bytes, `at chunk ${at}`);
  await closeStage(stage);
  return { chunks: counted.count, total: Math.ceil(sizeBytes / FILE_TRANSFER_CHUNK_BYTES) };
}

async function reload(peer: Peer): Promise<void> {
  await peer.crash();
  await peer.boot();
}

function expectWindow({ chunks, total }: { chunks: number; total: number }): void {
  const again = (chunks - total) * FILE_TRANSFER_CHUNK_BYTES;
  expect(again, `sent again: ${again} bytes`).to.be.at.most(FILE_WINDOW_BYTES);
}

export const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  ...hostileScenarios,

  async sizes() {
    const stage = await openStage();
    const { alice, bob } = stage;
    for (const isFast of [false, true]) {
      await alice.core.setFileSettings({ files: { isFast } });
      for (const size of [0, 1, FILE_TRANSFER_CHUNK_BYTES, FILE_TRANSFER_CHUNK_BYTES * 2 + 1, 5 * MIB + 3]) {
        const bytes = pattern(size, size + 1);
        const done = transfersOf(bob).filter(isState('done')).length;
        await offerStored(alice, bytes, `f-${size}`);
        await acceptOffer(bob);
        await untilDone(bob, done + 1);
        await untilDone(alice, done + 1);
        await expectReceived(bob, bytes, `${size} ${isFast ? 'fast' : 'standard'}`);
      }
    }
    expect(transfersOf(bob).filter(({ isFast }) => isFast)).to.have.length(5);
    await closeStage(stage);
  },

  /** Both ways at once, several at once, and a blob that is read where it lies. */
  async many() {
    const stage = await openStage();
    const { alice, bob } = stage;
    const sent = [1, 2, 3, 4, 5].map(seed => pattern(seed * 300_000, seed));
    for (const [index, bytes] of sent.entries()) {
      const contactId = alice.contact.id;
      await alice.core.sendFile({
        contactId,
        what: { kind: 'blob', blob: new Blob([bytes]), name: `${index}.bin` },
        caption: `number ${index}`,
      });
    }
    const back = pattern(MIB, 9);
    await offerStored(bob, back, 'back.bin');
    await bob.until(
      'all offers',
      () => transfersOf(bob).filter(isState('offered', false)).length === sent.length,
    );
    for (const { id } of transfersOf(bob).filter(isState('offered', false))) {
      await bob.core.answerTransfer({ transferId: id, accept: true });
    }
    await acceptOffer(alice);
    await untilDone(bob, 6);
    await untilDone(alice, 6);
    await expectReceived(alice, back);
    for (const [index, bytes] of sent.entries()) {
      const view = transfersOf(bob).find(({ name }) => name === `${index}.bin`);
      expect(view?.caption).to.equal(`number ${index}`);
      expect(view?.sizeBytes).to.equal(bytes.length);
    }
    await closeStage(stage);
  },

  async folder() {
    const stage = await openStage();
    const { alice, bob } = stage;
    const contents = Array.from({ length: 2_000 }, (_, index) => pattern((index * 13) % 4_096, index));
    const files = contents.map((bytes, index) => ({
      path: `docs/${index % 7}/${index % 11}/file-${index}.txt`,
      file: new Blob([bytes]),
    }));
    const fileId = await alice.core.addFolder({ name: 'docs', files });
    await alice.core.sendFile({ contactId: alice.contact.id, what: { kind: 'stored', fileId }, caption: '' });
    await acceptOffer(bob);
    await untilDone(bob);
    const folder = await bob.until('listed', () => filesOf(bob)[0]);
    expect(folder.fileCount).to.equal(2_000);
    const entries = await bob.core.listFolder({ fileId: folder.id });
    expect(entries.map(({ path }) => path)).to.deep.equal(files.map(({ path }) => path));
    const whole = await readAll(bob, folder.id);
    for (const [index, { offset, sizeBytes }] of entries.entries()) {
      const isSame = isEqual(whole.subarray(offset, offset + sizeBytes), contents[index] as Uint8Array);
      expect(isSame, `file ${index}`).to.equal(true);
    }
    await closeStage(stage);
  },

  async decisions() {
    const stage = await openStage();
    const { alice, bob } = stage;
    const bytes = pattern(2 * MIB);
    await offerStored(alice, bytes, 'refused.bin');
    const offer = await untilTransfer(bob, 'offered', isState('offered'));
    expect(filesOf(bob), 'nothing comes before a yes').to.deep.equal([]);
    await bob.core.answerTransfer({ transferId: offer.id, accept: false });
    await untilTransfer(alice, 'refused', isState('refused'));
    // withdrawn before an answer
    const withdrawn = await offerStored(alice, bytes, 'withdrawn.bin');
    await untilTransfer(bob, 'offered', isState('offered'));
    await alice.core.cancelTransfer({ transferId: withdrawn });
    await untilTransfer(bob, 'cancelled', isState('cancelled'));
    expect(filesOf(bob)).to.deep.equal([]);
    await closeStage(stage);
  },

  /** Pausing on either side stops the chunks; going on takes up where it was. */
  async pauses() {
    for (const who of ['alice', 'bob'] as const) {
      const stage = await openStage();
      const { network, alice, bob } = stage;
      const bytes = pattern(4 * MIB, 3);
      let onTen!: () => void;
      const ten = new Promise<void>(resolve => (onTen = resolve));
      const counted = countChunks(network, alice, count => count === 10 && onTen());
      const sent = await offerStored(alice, bytes);
      const taken = await acceptOffer(bob);
      await ten;
      const transferId = who === 'alice' ? sent : taken;
      await stage[who].core.pauseTransfer({ transferId });
      await untilTransfer(
        alice,
        'stopped',
        ({ state }) => state === (who === 'alice' ? 'paused' : 'paused-by-peer'),
      );
      await untilTransfer(
        bob,
        'stopped',
        ({ state }) => state === (who === 'bob' ? 'paused' : 'paused-by-peer'),
      );
      const atPause = counted.count;
      await alice.send('a line');
      await bob.untilReceived(1);
      expect(counted.count, 'chunks after the pause').to.equal(atPause);
      await stage[who].core.resumeTransfer({ transferId });
      await untilDone(bob);
      await untilDone(alice);
      await expectReceived(bob, bytes, who);
      expectWindow({ chunks: counted.count, total: 32 });
      await closeStage(stage);
    }
  },

  /** Cancelled in the middle, nothing of it stays, and the next one passes. */
  async cancels() {
    for (const who of ['alice', 'bob'] as const) {
      const stage = await openStage();
      const { network, alice, bob } = stage;
      let onTen!: () => void;
      const ten = new Promise<void>(resolve => (onTen = resolve));
      countChunks(network, alice, count => count === 10 && onTen());
      const sent = await offerStored(alice, pattern(4 * MIB));
      const taken = await acceptOffer(bob);
      await ten;
      await stage[who].core.cancelTransfer({ transferId: who === 'alice' ? sent : taken });
      await untilTransfer(alice, 'cancelled', isState('cancelled'));
      await untilTransfer(bob, 'cancelled', isState('cancelled'));
      const bytes = pattern(MIB, 8);
      await offerStored(alice, bytes, 'next.bin');
      await acceptOffer(bob);
      await untilDone(bob);
      await expectReceived(bob, bytes, who);
      expect(filesOf(bob)).to.have.length(1);
      await closeStage(stage);
    }
  },

  async cut() {
    expectWindow(await interrupted(20, async ({ network }) => network.cutAll(), 6 * MIB));
  },

  async receiverReload() {
    expectWindow(await interrupted(20, ({ bob }) => reload(bob), 6 * MIB));
  },

  async senderReload() {
    expectWindow(await interrupted(20, ({ alice }) => reload(alice), 6 * MIB));
  },

  /** A crash after any chunk, on either side, also of the first and the last. */
  async crashWalk() {
    for (const at of [1, 2, 3, 9, 17, 24, 25]) {
      await interrupted(at, ({ bob }) => reload(bob));
      await interrupted(at, ({ alice }) => reload(alice));
    }
  },

  manyCuts,

  /** A blob is not kept: a reload of its page ends that transfer, and says so. */
  async blobReload() {
    const stage = await openStage();
    const { alice, bob } = stage;
    const what = { kind: 'blob', blob: new Blob([pattern(MIB)]), name: 'b' } as const;
    await alice.core.sendFile({ contactId: alice.contact.id, what, caption: '' });
    await untilTransfer(bob, 'offered', isState('offered'));
    await reload(alice);
    await acceptOffer(bob);
    const failed = await untilTransfer(alice, 'failed', isState('failed'));
    expect(failed.failure).to.equal('file-changed');
    await untilTransfer(bob, 'cancelled', isState('cancelled'));
    await closeStage(stage);
  },

  async full() {
    const stage = await openStage();
    const { alice, bob } = stage;
    const bytes = pattern(2 * MIB, 5);
    await offerStored(alice, bytes);
    const offer = await untilTransfer(bob, 'offered', isState('offered'));
    const estimate = navigator.storage.estimate.bind(navigator.storage);
    navigator.storage.estimate = async () => ({ usage: 100, quota: 1000 });
    const code = await bob.core.answerTransfer({ transferId: offer.id, accept: true }).then(
      () => 'none',
      (error: { code: string }) => error.code,
    );
    expect(code).to.equal('storage-full');
    expect(transfersOf(bob).some(isState('offered')), 'the offer stands').to.equal(true);
    navigator.storage.estimate = estimate;
    await bob.core.answerTransfer({ transferId: offer.id, accept: true });
    await untilDone(bob);
    await expectReceived(bob, bytes);
    await closeStage(stage);
  },

  /** No room any more in the middle: it pauses and says why; with room it goes on. */
  async fullInTheMiddle() {
    const stage = await openStage();
    const { alice, bob } = stage;
    const bytes = pattern(6 * MIB, 6);
    await offerStored(alice, bytes);
    const prototype = (
      globalThis as unknown as {
        FileSystemSyncAccessHandle: { prototype: { write(...args: unknown[]): number } };
      }
    ).FileSystemSyncAccessHandle.prototype;
    const { write } = prototype;
    let writes = 0;
    prototype.write = function (...args: unknown[]): number {
      writes += 1;
      if (writes > 6) throw new DOMException('no room', 'QuotaExceededError');
      return write.apply(this, args);
    };
    const taken = await acceptOffer(bob);
    const paused = await untilTransfer(bob, 'paused', isState('paused')).finally(() => {
      prototype.write = write;
    });
    expect(paused.failure).to.equal('storage-full');
    await untilTransfer(alice, 'paused-by-peer', isState('paused-by-peer'));
    await alice.send('chat goes on');
    await bob.untilReceived(1);
    await bob.core.resumeTransfer({ transferId: taken });
    await untilDone(bob);
    await expectReceived(bob, bytes);
    await closeStage(stage);
  },

  /** Lines pass a running transfer: none waits for more than two chunks. */
  async chat() {
    const stage = await openStage();
    const { network, alice, bob } = stage;
    const bytes = pattern(8 * MIB, 7);
    const lines: Promise<unknown>[] = [];
    countChunks(network, alice, count => {
      if (count % 10 === 0) lines.push(alice.send(`line ${count}`));
    });
    await offerStored(alice, bytes);
    await acceptOffer(bob);
    await bob.untilReceived(5);
    expect(transfersOf(bob).some(isState('done')), 'lines came before the file was whole').to.equal(false);
    await untilDone(bob);
    await Promise.all(lines);
    await bob.untilReceived(6);
    await expectReceived(bob, bytes);
    await closeStage(stage);
  },
};
