/**
 * Brings a signed release to targets: files named by their content first, then the lists, then the signatures, and
 * release.json last, so a mirror never names what it does not have. What is there already with the right bytes is not
 * sent again; nothing is ever removed, since older clients still ask for older files.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pin } from '@enk/release-manifest';
import { checkRelease } from '../../tools/build/check-release.ts';
import { MANIFEST, SIGNATURES } from '../../tools/release/make-manifest.ts';
import { verifyFolder } from '../../tools/release/verify-release.ts';
import type { Target } from './targets.ts';

export interface PublishOptions {
  readonly folder: string;
  readonly pin: Pin;
  readonly nowMs: number;
  readonly onProgress: (progress: PublishProgress) => void;
}

export interface PublishProgress {
  readonly target: string;
  readonly path: string;
  readonly done: number;
  readonly total: number;
  readonly isSent: boolean;
}

/** Every file in the order in which it is sent. Throws when the release is not whole or not accepted. */
export async function filesToPublish(
  options: Omit<PublishOptions, 'onProgress'>,
): Promise<readonly string[]> {
  const { acceptance, problems } = await verifyFolder(options.folder, options.pin, options.nowMs);
  if (acceptance.kind === 'refused') throw new Error(`Not published: the release is ${acceptance.reason}.`);
  const all = problems.length > 0 ? problems : checkRelease(options.folder);
  if (all.length > 0) throw new Error(`Not published: the set is incomplete or altered.\n${all.join('\n')}`);
  const rank = (path: string) => (path.startsWith('modules/') ? 0 : 1);
  const paths = Object.keys(acceptance.release.files).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return [...paths, SIGNATURES, MANIFEST];
}

async function publishFile(target: Target, path: string, bytes: Buffer): Promise<boolean> {
  if ((await target.read(path))?.equals(bytes)) return false;
  await target.write(path, bytes);
  if (!(await target.read(path))?.equals(bytes))
    throw new Error(`${target.name}: ${path} does not come back as it was sent.`);
  return true;
}

/** Publishes to one target; throws at the first file that cannot be written or read back. Run again to go on. */
export async function publish(target: Target, options: PublishOptions): Promise<void> {
  const paths = await filesToPublish(options);
  for (const [i, path] of paths.entries()) {
    const isSent = await publishFile(target, path, readFileSync(join(options.folder, path)));
    options.onProgress({ target: target.name, path, done: i + 1, total: paths.length, isSent });
  }
}
