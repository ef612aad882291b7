/** The small parts of a transfer: chunk, hash, window, machine. */
import { expect } from '@esm-bundle/chai';
import { FILE_SESSION_WINDOW_BYTES, FILE_WINDOW_BYTES } from '../limits.ts';
import { decodeFileChunk, encodeFileChunk, isFileChunk } from './file-chunk.ts';
import { FileHash } from './file-hash.ts';
import { SendWindow } from './send-window.ts';
import { isOpen, nextState, type TransferEvent, type TransferState } from './transfer-machine.ts';

const id = 'AAECAwQFBgcICQoLDA0ODw';

describe('chunks of a file', () => {
  it('P2P-TRF-05: file, place and number travel with the bytes', () => {
    const chunk = { id, index: 3, total: 2 ** 24, bytes: Uint8Array.of(1, 2, 3) };
    const encoded = encodeFileChunk(chunk);
    expect([...encoded.subarray(0, 8)]).to.deep.equal([0, 0, 0, 0, 0, 1, 2, 3]);
    expect(decodeFileChunk(encoded)).to.deep.equal(chunk);
    expect(decodeFileChunk(encodeFileChunk({ ...chunk, bytes: new Uint8Array(0) }))?.bytes).to.have.length(0);
  });

  it('P2P-TRF-05: a chunk of a large PDU and a cut header are none', () => {
    expect(isFileChunk(Uint8Array.of(0, 0, 0, 1, ...new Uint8Array(40)))).to.equal(false);
    expect(decodeFileChunk(new Uint8Array(27))).to.equal(null);
  });
});

describe('the hash of a file', () => {
  const plan = { sizeBytes: 5, chunkBytes: 2 };
  const parts = [Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(5)] as const;
  const hex = (bytes: Uint8Array): string =>
    Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

  async function rootOf(chunks: readonly Uint8Array[], of = plan): Promise<string> {
    const hash = new FileHash(of);
    chunks.forEach((chunk, index) => hash.add(index, chunk));
    return hex(await hash.root());
  }

  it('P2P-TRF-06: is SHA-256 over label, size, chunk size and the leaves', async () => {
    const sha = async (bytes: Uint8Array<ArrayBuffer>): Promise<number[]> => [
      ...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
    ];
    const leaves = await Promise.all(parts.map(part => sha(part.slice())));
    const label = [...new TextEncoder().encode('enk/v1 file hash'), 0];
    const input = Uint8Array.from([...label, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, ...leaves.flat()]);
    expect(await rootOf(parts)).to.equal(hex(Uint8Array.from(await sha(input))));
  });

  it('P2P-TRF-06: depends on every byte, on order, size and chunk size', async () => {
    const roots = await Promise.all([
      rootOf(parts),
      rootOf([parts[0], parts[1], Uint8Array.of(6)]),
      rootOf([parts[1], parts[0], parts[2]]),
      rootOf(parts.slice(0, 2)),
      rootOf(parts, { sizeBytes: 6, chunkBytes: 2 }),
      rootOf(parts, { sizeBytes: 5, chunkBytes: 3 }),
    ]);
    expect(new Set(roots).size).to.equal(roots.length);
  });

  it('P2P-TRF-06: a chunk twice counts once, and none may miss', async () => {
    const hash = new FileHash(plan);
    hash.add(0, parts[0]);
    hash.add(0, parts[2]);
    expect(() => hash.add(2, parts[2])).to.throw(RangeError);
    hash.add(1, parts[1]);
    hash.add(2, parts[2]);
    expect(hex(await hash.root())).to.equal(await rootOf(parts));
  });
});

describe('the window', () => {
  it('P2P-TRF-04: one transfer has its window, several share the session’s', () => {
    const window = new SendWindow(() => undefined);
    const [a, b, c] = [{}, {}, {}];
    window.enter(a);
    window.sent(a, FILE_WINDOW_BYTES - 1);
    expect(window.hasRoom(a)).to.equal(true);
    window.sent(a, 1);
    expect(window.hasRoom(a)).to.equal(false);
    window.enter(b);
    window.enter(c);
    expect(window.hasRoom(b)).to.equal(true);
    window.sent(b, FILE_SESSION_WINDOW_BYTES / 3);
    expect([window.hasRoom(b), window.hasRoom(c)]).to.deep.equal([false, false]);
    window.acknowledged(a, FILE_WINDOW_BYTES);
    expect([window.hasRoom(a), window.hasRoom(c)]).to.deep.equal([true, true]);
    window.leave(b);
    window.acknowledged(b, FILE_WINDOW_BYTES);
    window.sent(c, FILE_SESSION_WINDOW_BYTES / 2);
    expect(window.hasRoom(c)).to.equal(false);
  });
});

describe('the transfer machine', () => {
  const states: readonly TransferState[] = [
    'offered',
    'running',
    'paused',
    'done',
    'refused',
    'cancelled',
    'failed',
  ];
  const events: readonly TransferEvent[] = [
    'accept',
    'refuse',
    'pause',
    'resume',
    'cancel',
    'fail',
    'finish',
  ];

  it('P2P-TRF-07: what is over stays as it is', () => {
    for (const state of states.filter(candidate => !isOpen(candidate))) {
      for (const event of events) {
        for (const direction of ['in', 'out'] as const)
          expect(nextState(direction, state, event)).to.equal(null);
      }
    }
  });

  it('P2P-TRF-07: the transitions of the diagram, and no others', () => {
    const table = (direction: 'in' | 'out'): Record<string, (string | null)[]> =>
      Object.fromEntries(
        (['offered', 'running', 'paused'] as const).map(state => [
          state,
          events.map(event => nextState(direction, state, event)),
        ]),
      );
    expect(table('in')).to.deep.equal({
      offered: ['running', 'refused', null, null, 'cancelled', 'failed', null],
      running: ['running', null, 'paused', null, 'cancelled', 'failed', 'done'],
      paused: [null, null, null, 'running', 'cancelled', 'failed', null],
    });
    expect(table('out')).to.deep.equal({
      offered: ['running', 'refused', 'paused', null, 'cancelled', 'failed', 'done'],
      running: ['running', null, 'paused', null, 'cancelled', 'failed', 'done'],
      paused: [null, null, 'paused', 'offered', 'cancelled', 'failed', null],
    });
  });
});
