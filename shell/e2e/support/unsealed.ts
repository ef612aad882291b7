/**
 * A build of the worker whose sealing is taken out, for the one test that must see the scan of storage fail. Nothing
 * shipped can be switched like this: the modules are rewritten while they are bundled for that test.
 */
import type { Plugin } from 'vite';

/** Records and chunks keep their form and length, and are clear. */
const CLEAR: Readonly<Record<string, string>> = {
  'crypto-core/vault/vault-keys.ts': `
    VaultKeys.prototype.sealRecord = async (place, plaintext) =>
      concat(Uint8Array.of(FORMAT), encodeVersion(place.version), new Uint8Array(SALT_BYTES), plaintext, new Uint8Array(16));
    VaultKeys.prototype.openRecord = async (place, record) =>
      ({ version: readU32(record, 1), plaintext: record.slice(SEALED_START, record.length - 16) });`,
  'crypto-core/vault/file-chunks.ts': `
    FileChunkSealer.prototype.seal = async chunk => concat(chunk.slice(), new Uint8Array(GCM_TAG_BYTES));
    FileChunkOpener.prototype.open = async (index, sealed) => sealed.slice(0, sealed.length - GCM_TAG_BYTES);`,
};

export function withoutSealing(): Plugin {
  const left = new Set(Object.keys(CLEAR));
  return {
    name: 'enk-test-without-sealing',
    transform(code, id) {
      const file = Object.keys(CLEAR).find(name => id.endsWith(name));
      if (file === undefined) return null;
      left.delete(file);
      return { code: `${code}\n${CLEAR[file]}`, map: null };
    },
    buildEnd() {
      if (left.size > 0) throw new Error(`not in the worker: ${[...left].join(', ')}`);
    },
  };
}
