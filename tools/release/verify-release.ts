/** Is a folder the release that its manifest says, and do enough keys vouch for it? */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptRelease, type Acceptance, type Pin, type ReleaseRoot } from '@enk/release-manifest';
import { hashFiles, MANIFEST, SIGNATURES } from './make-manifest.ts';

const readText = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

export function readCandidate(folder: string): { manifest: Uint8Array<ArrayBuffer>; signatures: string } {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) throw new Error(`${folder} has no ${MANIFEST}.`);
  return {
    manifest: Uint8Array.from(readFileSync(file)),
    signatures: readText(join(folder, SIGNATURES)),
  };
}

/** A pin that knows the root and nothing of earlier releases. */
export const pinOfRoot = (root: ReleaseRoot): Pin => ({ seq: 0, hash: null, root });

export interface VerifiedFolder {
  readonly acceptance: Acceptance;
  /** What in the folder is not what an accepted manifest says. */
  readonly problems: readonly string[];
}

export async function verifyFolder(folder: string, pin: Pin, nowMs: number): Promise<VerifiedFolder> {
  const acceptance = await acceptRelease(readCandidate(folder), pin, nowMs);
  if (acceptance.kind === 'refused') return { acceptance, problems: [] };
  const { files } = acceptance.release;
  const found = hashFiles(folder);
  const problems = [...new Set([...Object.keys(files), ...Object.keys(found)])].flatMap(path => {
    if (found[path] === files[path]) return [];
    if (found[path] === undefined) return [`${path} is missing`];
    return [files[path] === undefined ? `${path} is not in the release` : `${path} is altered`];
  });
  return { acceptance, problems };
}
