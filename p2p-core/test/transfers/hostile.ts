/** A contact with valid keys that breaks the rules of transfers, against real files of its victim. P2P-TRF-12 …. */
import { expect } from '@esm-bundle/chai';
import type { FrameSource } from '../../delivery/send-queue.ts';
import { encodeFileChunk } from '../../files/file-chunk.ts';
import { FileTransfers } from '../../files/file-transfers.ts';
import type { FilePdu, FileSession, SessionFiles } from '../../files/session-files.ts';
import { FILE_TRANSFER_CHUNK_BYTES, MAX_OPEN_OFFERS_PER_CONTACT } from '../../limits.ts';
import type { PduBody } from '../../pdu/codec.ts';
import { encodeBase64Url } from '../../storage/base64url.ts';
import { openFileFolder } from '../../storage/files/opfs.ts';
import { Vault } from '../../storage/vault.ts';
import { connectSessions, type SessionSide } from '../support/session-pair.ts';
import { TestClock } from '../support/test-clock.ts';
import { TestNetwork } from '../support/test-network.ts';
import { pattern } from './stage.ts';

const CHUNK = FILE_TRANSFER_CHUNK_BYTES;
const ID = encodeBase64Url(new Uint8Array(16).fill(7));
const ATTEMPT = encodeBase64Url(new Uint8Array(32).fill(9));
const MALLORY = 'mallory';

interface Victim {
  readonly files: FileTransfers;
  readonly vault: Vault;
}

interface Duel {
  readonly mallory: SessionSide;
  readonly bob: SessionSide;
  readonly victim: Victim;
  /** What Bob told her about files. */
  readonly told: FilePdu[];
  untilTold(type: FilePdu['type']): Promise<FilePdu>;
  untilState(state: string): Promise<void>;
}

async function openVictim(onChange: () => void): Promise<Victim> {
  const profile = `hostile-${crypto.randomUUID()}`;
  const vault = await Vault.open(profile);
  const files = new FileTransfers({
    vault,
    clock: new TestClock(),
    openFolder: () => openFileFolder(profile),
    onTransfers: onChange,
    onFiles: onChange,
  });
  await files.store();
  return { files, vault };
}

/** Waits for a condition that one of the callbacks can make true. */
class Watch {
  readonly #checks = new Set<() => void>();
  readonly note = (): void => {
    for (const check of [...this.#checks]) check();
  };

  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => reject(new Error(`never: ${what}`)), 15_000);
      const check = (): void => {
        if (!condition()) return;
        clearTimeout(giveUp);
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}

async function duel(): Promise<Duel> {
  const watch = new Watch();
  const victim = await openVictim(watch.note);
  const told: FilePdu[] = [];
  const listening: SessionFiles = {
    synced: () => undefined,
    accept: async (_session: FileSession, pdu: FilePdu) => {
      told.push(pdu);
      watch.note();
      return true;
    },
    acceptChunk: async () => true,
    acceptFrame: async () => true,
    ended: () => undefined,
  };
  const files = victim.files.sessionFiles(MALLORY);
  const network = new TestNetwork();
  network.isRecording = false;
  const [mallory, bob] = await connectSessions(network, [{ files: listening }, { files }]);
  files.synced(bob.session);
  return {
    mallory,
    bob,
    victim,
    told,
    async untilTold(type) {
      await watch.until(`told ${type}`, () => told.some(pdu => pdu.type === type));
      return told.find(pdu => pdu.type === type) as FilePdu;
    },
    untilState: state =>
      watch.until(state, () => victim.files.records.some(record => record.state === state)),
  };
}

const offerOf = (
  sizeBytes: number,
  more: Partial<Extract<PduBody, { type: 'file-offer' }>> = {},
): PduBody => ({
  type: 'file-offer',
  id: ID,
  name: 'a.bin',
  mediaType: '',
  sizeBytes,
  chunkBytes: CHUNK,
  caption: '',
  entries: null,
  fastKey: null,
  ...more,
});

function sourceOf(frames: readonly Uint8Array[]): FrameSource {
  let index = 0;
  return {
    get nextKind() {
      return index < frames.length ? 'chunk' : null;
    },
    take: () => frames[index++] as Uint8Array,
  };
}

/** Bob said yes, and Mallory may send. */
async function accepted(
  sizeBytes: number,
  more: Partial<Extract<PduBody, { type: 'file-offer' }>> = {},
): Promise<Duel> {
  const stage = await duel();
  await stage.mallory.session.sendPdu(offerOf(sizeBytes, more));
  await stage.untilState('offered');
  await stage.victim.files.answer(`${MALLORY} in ${ID}`, true);
  await stage.untilTold('file-accept');
  await stage.mallory.session.sendPdu({ type: 'file-resume', id: ID, from: 0, attempt: ATTEMPT });
  return stage;
}

async function end({ mallory, victim, bob }: Duel): Promise<void> {
  mallory.session.close('local');
  await bob.ended;
  await victim.files.close();
  await victim.vault.close();
}

/** What she sends ends her transfer, leaves nothing, and the session goes on. */
async function expectOnlyTransferEnds(stage: Duel, frames: readonly Uint8Array[]): Promise<void> {
  const { mallory, bob, victim } = stage;
  await mallory.session.sendChunks(sourceOf(frames), new AbortController().signal).catch(() => undefined);
  await stage.untilState('failed');
  const cancel = await stage.untilTold('file-cancel');
  expect(cancel).to.include({ id: ID, side: 'receiver' });
  expect(await (await victim.files.store()).list(), 'nothing came of it').to.deep.equal([]);
  await mallory.session.sendPdu({ type: 'typing', isTyping: true });
  await bob.untilReceived(1);
  expect(bob.link.failure).to.equal(null);
  await end(stage);
}

const chunk = (index: number, total: number, bytes: Uint8Array, id = ID): Uint8Array =>
  encodeFileChunk({ id, index, total, bytes });
const whole = (index: number, total: number): Uint8Array => chunk(index, total, pattern(CHUNK, index));

export const hostileScenarios: Readonly<Record<string, () => Promise<void>>> = {
  async wrongSizes() {
    await expectOnlyTransferEnds(await accepted(CHUNK * 3), [chunk(0, 3, pattern(CHUNK - 1))]);
    await expectOnlyTransferEnds(await accepted(CHUNK * 3), [chunk(0, 3, pattern(CHUNK + 1))]);
    await expectOnlyTransferEnds(await accepted(CHUNK * 3), [chunk(0, 3, new Uint8Array(0))]);
    await expectOnlyTransferEnds(await accepted(CHUNK * 3), [chunk(0, 4, pattern(CHUNK))]);
  },

  async wrongOrder() {
    await expectOnlyTransferEnds(await accepted(CHUNK * 3), [whole(1, 3)]); // a hole
    await expectOnlyTransferEnds(await accepted(CHUNK * 3), [whole(0, 3), whole(0, 3)]); // repeated
    await expectOnlyTransferEnds(await accepted(CHUNK * 3), [whole(0, 3), whole(1, 3), whole(0, 3)]); // overlapping
    await expectOnlyTransferEnds(await accepted(CHUNK), [whole(0, 1), whole(1, 1)]); // beyond the end
  },

  /** Another content than she hashed, and a claim that all is sent when it is not. */
  async wrongHash() {
    for (const frames of [[whole(0, 2), whole(1, 2)], [whole(0, 2)]]) {
      const stage = await accepted(CHUNK * 2);
      await stage.mallory.session.sendChunks(sourceOf(frames), new AbortController().signal);
      await stage.mallory.session.sendPdu({ type: 'file-done', id: ID, hash: ATTEMPT });
      await stage.untilState('failed');
      expect(await (await stage.victim.files.store()).list()).to.deep.equal([]);
      await end(stage);
    }
  },

  /** What was on its way when Bob stopped passes; who goes on and on loses the session. */
  async endless() {
    const stage = await accepted(CHUNK * 1_000);
    await stage.victim.files.cancel(`${MALLORY} in ${ID}`);
    await stage.untilTold('file-cancel');
    let sent = 0;
    const source: FrameSource = { nextKind: 'chunk', take: () => whole(sent++, 1_000) };
    await stage.mallory.session.sendChunks(source, new AbortController().signal).catch(() => undefined);
    await stage.bob.ended;
    expect(stage.bob.link.failure).to.equal('peer-fault');
    expect(sent).to.be.below(200);
    await end(stage);
  },

  /** Chunks without an offer, and of an offer that Bob has not answered. */
  async unasked() {
    for (const isOffered of [false, true]) {
      const stage = await duel();
      if (isOffered) {
        await stage.mallory.session.sendPdu(offerOf(CHUNK));
        await stage.untilState('offered');
        await stage.mallory.session.sendPdu({ type: 'file-resume', id: ID, from: 0, attempt: ATTEMPT });
      }
      await stage.mallory.session
        .sendChunks(sourceOf([whole(0, 1)]), new AbortController().signal)
        .catch(() => undefined);
      await stage.bob.ended;
      expect(stage.bob.link.failure).to.equal('peer-fault');
      expect(await (await stage.victim.files.store()).list()).to.deep.equal([]);
      await end(stage);
    }
  },

  async tooManyOffers() {
    const stage = await duel();
    for (let index = 0; index < MAX_OPEN_OFFERS_PER_CONTACT + 10; index++) {
      const id = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
      await stage.mallory.session.sendPdu(offerOf(5, { id }));
    }
    await stage.untilTold('file-refuse');
    expect(stage.victim.files.records).to.have.length(MAX_OPEN_OFFERS_PER_CONTACT);
    expect(stage.bob.link.failure).to.equal(null);
    await end(stage);
  },

  /** Offers that are none: sizes that do not divide, do not add up, or are beyond every limit. */
  async brokenOffers() {
    const bad: Partial<Extract<PduBody, { type: 'file-offer' }>>[] = [
      { chunkBytes: CHUNK - 1 },
      { sizeBytes: 2 ** 40, chunkBytes: 16_384 },
      { entries: [{ path: 'a', sizeBytes: 4 }] },
      {
        entries: [
          { path: 'a', sizeBytes: 2 ** 39 },
          { path: 'b', sizeBytes: 2 ** 39 },
        ],
      },
    ];
    for (const more of bad) {
      const stage = await duel();
      await stage.mallory.session.sendPdu(offerOf(5, more));
      await stage.untilTold('file-refuse');
      expect(stage.victim.files.records).to.deep.equal([]);
      expect(stage.bob.link.failure).to.equal(null);
      await end(stage);
    }
  },

  /** A million files do not become an offer: it is refused before anything is kept. */
  async millionFiles() {
    const stage = await duel();
    const entries = Array.from({ length: 1_000_000 }, () => ({ path: 'a', sizeBytes: 0 }));
    const bytes = new TextEncoder().encode(
      JSON.stringify({ ...offerOf(0), specVersion: '1.0', entries: entries.slice(0, 400_000) }),
    );
    const refused = await stage.mallory.session.sendLarge({ of: 'file-offer', bytes }).then(
      () => 'sent',
      (error: { code: string }) => error.code,
    );
    expect(refused).to.equal('refused');
    expect(stage.victim.files.records).to.deep.equal([]);
    expect(stage.bob.link.failure).to.equal(null);
    await end(stage);
  },

  /** Hostile names come out as plain ones, in the record that is shown and in the file that is kept. */
  async names() {
    const names = [
      '../../etc/passwd',
      'a\u0000b.txt',
      'gnp.\u202eexe.jpg',
      'x'.repeat(10_000),
      'CON.txt',
      '..',
      '',
    ];
    for (const name of names) {
      const stage = await accepted(0, { name });
      await stage.mallory.session.sendChunks(
        sourceOf([chunk(0, 1, new Uint8Array(0))]),
        new AbortController().signal,
      );
      const { FileHash } = await import('../../files/file-hash.ts');
      const hash = new FileHash({ sizeBytes: 0, chunkBytes: CHUNK });
      hash.add(0, new Uint8Array(0));
      const root = encodeBase64Url(await hash.root());
      await stage.mallory.session.sendPdu({ type: 'file-done', id: ID, hash: root });
      await stage.untilTold('file-received');
      const [file] = await (await stage.victim.files.store()).list();
      expect(file?.name, JSON.stringify(name.slice(0, 20))).to.match(
        /^[^/\\\u0000-\u001f\u202a-\u202e]{1,160}$/u,
      );
      expect(file?.name).to.not.match(/^\.|^con\./iu);
      await end(stage);
    }
  },

  // ---------------------------------------------------------------- a malicious receiver

  /** She acknowledges what never left: her transfer ends. */
  async ackOfNothing() {
    const stage = await duel();
    const { victim, mallory } = stage;
    const what = { kind: 'blob', blob: new Blob([pattern(CHUNK * 4)]), name: 'x' } as const;
    await victim.files.send(MALLORY, what, { caption: '', isFast: false });
    const { id } = await stage.untilTold('file-offer');
    await mallory.session.sendPdu({ type: 'file-accept', id, held: 0 });
    await stage.untilTold('file-resume');
    await mallory.session.sendPdu({ type: 'file-ack', id, held: 2 ** 20 });
    await stage.untilState('failed');
    expect(stage.bob.link.failure).to.equal(null);
    await end(stage);
  },

  async acceptBeyondTheEnd() {
    const stage = await duel();
    const what = { kind: 'blob', blob: new Blob([pattern(CHUNK)]), name: 'x' } as const;
    await stage.victim.files.send(MALLORY, what, { caption: '', isFast: false });
    const { id } = await stage.untilTold('file-offer');
    await stage.mallory.session.sendPdu({ type: 'file-accept', id, held: 2 });
    await stage.untilState('failed');
    await end(stage);
  },

  /** She stalls: a window leaves and no more, and another transfer and chat go on. */
  async stalls() {
    const stage = await duel();
    const { victim, mallory } = stage;
    let chunks = 0;
    const big = new Blob([pattern(8 * 2 ** 20)]);
    await victim.files.send(MALLORY, { kind: 'blob', blob: big, name: 'x' }, { caption: '', isFast: false });
    const { id } = await stage.untilTold('file-offer');
    const { seal } = { seal: stage.bob.session.sendChunks.bind(stage.bob.session) };
    Object.defineProperty(stage.bob.session, 'sendChunks', {
      value: (source: FrameSource, signal: AbortSignal) =>
        seal(
          {
            get nextKind() {
              return source.nextKind;
            },
            take: () => {
              chunks += 1;
              return source.take();
            },
          },
          signal,
        ),
    });
    await mallory.session.sendPdu({ type: 'file-accept', id, held: 0 });
    await stage.untilTold('file-resume');
    // As many turns as the window has chunks, and more.
    for (let turn = 0; turn < 60; turn++) await stage.bob.session.sendPdu({ type: 'typing', isTyping: true });
    expect(chunks * CHUNK).to.be.at.most(4 * 2 ** 20);
    expect(stage.bob.link.failure).to.equal(null);
    await end(stage);
  },

  /** She asks for what Bob sends to somebody else, and for what nobody sends. */
  async othersFiles() {
    const stage = await duel();
    const { victim, mallory } = stage;
    const what = { kind: 'blob', blob: new Blob([pattern(CHUNK)]), name: 'secret' } as const;
    const key = await victim.files.send('carol', what, { caption: '', isFast: false });
    const id = key.split(' ')[2] as string;
    for (const type of ['file-accept', 'file-ack'] as const)
      await mallory.session.sendPdu({ type, id, held: 0 });
    await mallory.session.sendPdu({ type: 'file-received', id });
    await mallory.session.sendPdu({ type: 'file-cancel', id, side: 'receiver' });
    const cancel = await stage.untilTold('file-cancel');
    expect(cancel.id).to.equal(id);
    expect(victim.files.records.map(({ state }) => state)).to.deep.equal(['offered']);
    expect(stage.told.map(({ type }) => type)).to.not.include('file-resume');
    await end(stage);
  },
};
