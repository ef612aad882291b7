/** limits.ts as a document: each limit says why, and those that the whitepaper or the design fix have their values. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as limits from '../limits.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const MIB = 2 ** 20;

/** Row of docs/conformance.md → what stands in it. */
const CONFORMANCE: Readonly<Record<string, readonly string[]>> = {
  'P-8-1': [`${limits.MAX_PDU_BYTES / MIB} MiB`],
  'P-8-2': [`${limits.MAX_CHUNKS_PER_PDU.toLocaleString('en')} chunks`],
  'P-8-3': [`${limits.MAX_REASSEMBLIES_PER_PEER} concurrent`],
  'P-8-4': [`${limits.REASSEMBLY_TIMEOUT_MS / 1_000} s`],
  'P-8-5': [`${limits.HANDSHAKE_TIMEOUT_MS / 1_000} s`, `${limits.CONSENT_TIMEOUT_MS / 1_000} s`],
  'P-8-6': [`${limits.SEND_BUFFER_HIGH_WATER_BYTES / MIB} MiB`],
};

/** DESIGN.md §4 and §6. */
const DESIGN = {
  MAX_PDU_BYTES: 16 * MIB,
  MAX_CHUNKS_PER_PDU: 4_096,
  MAX_REASSEMBLIES_PER_PEER: 64,
  MAX_REASSEMBLY_BYTES: 64 * MIB,
  REASSEMBLY_TIMEOUT_MS: 120_000,
  SEND_BUFFER_HIGH_WATER_BYTES: 8 * MIB,
  MAX_IN_FLIGHT_FRAMES: 64,
  MAX_IN_FLIGHT_BYTES: MIB,
  MAX_HANDSHAKES: 16,
  HANDSHAKE_TIMEOUT_MS: 30_000,
  MAX_CONSENT_REQUESTS: 4,
  CONSENT_TIMEOUT_MS: 300_000,
  MAX_IMMEDIATE_FAILURES: 2,
} as const;

describe('the limits', () => {
  it('P2P-LIM-01: those of the design have its values', () => {
    for (const [name, value] of Object.entries(DESIGN)) {
      assert.equal(limits[name as keyof typeof DESIGN], value, name);
    }
  });

  it('P2P-LIM-01: the conformance table says what they are', () => {
    const rows = new Map(
      read('../../docs/conformance.md')
        .split('\n')
        .map(line => [line.split('|')[1]?.trim() ?? '', line] as const),
    );
    for (const [id, values] of Object.entries(CONFORMANCE)) {
      for (const value of values) assert.ok(rows.get(id)?.includes(value), `${id}: ${value}`);
      assert.ok(!rows.get(id)?.includes('not yet'), `${id} is met`);
    }
  });

  it('P2P-LIM-01: each has its reason in front of it', () => {
    const source = read('../limits.ts');
    const names = Object.keys(limits);
    const explained = [...source.matchAll(/\*\/\nexport const ([A-Z_]+)/g)].map(match => match[1]);
    assert.deepEqual(
      names.filter(name => !explained.includes(name)),
      [],
    );
  });
});
