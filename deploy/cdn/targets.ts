/** Where a release is written to: a directory, or anything that rclone reaches (SFTP, WebDAV, S3 and others). */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

export interface Target {
  /** For people; without credentials. */
  readonly name: string;
  /** Null when there is no such file. */
  read(path: string): Promise<Buffer | null>;
  write(path: string, bytes: Buffer): Promise<void>;
}

/** `dir:PATH` or `rclone:REMOTE:PATH`; throws for anything else. */
export function openTarget(specification: string): Target {
  const [kind, ...rest] = specification.split(':');
  const place = rest.join(':');
  if (kind === 'dir' && place !== '') return directory(resolve(place));
  if (kind === 'rclone' && place.includes(':')) return remote(place);
  throw new Error(`"${specification}" is no target: dir:PATH or rclone:REMOTE:PATH.`);
}

function directory(folder: string): Target {
  return {
    name: `dir:${folder}`,
    async read(path) {
      try {
        return await readFile(join(folder, path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    /** Whole or not at all: a server of this folder never sees half a file. */
    async write(path, bytes) {
      const file = join(folder, path);
      const partial = join(dirname(file), `.${process.pid}.partial`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(partial, bytes);
      await rename(partial, file);
    },
  };
}

/** rclone's exit codes for "directory not found" and "file not found". */
const NOT_FOUND = [3, 4];

function remote(place: string): Target {
  const at = (path: string) => `${place.replace(/\/$/, '')}${/[:/]$/.test(place) ? '' : '/'}${path}`;
  return {
    name: `rclone:${place.split(/[,:]/)[0] || 'inline'}`,
    async read(path) {
      const { code, output } = await rclone(['cat', at(path)]);
      if (NOT_FOUND.includes(code)) return null;
      if (code !== 0) throw new Error(`rclone could not read ${path} (code ${code}).`);
      return output;
    },
    async write(path, bytes) {
      const { code } = await rclone(['rcat', '--size', `${bytes.length}`, at(path)], bytes);
      if (code !== 0) throw new Error(`rclone could not write ${path} (code ${code}).`);
    },
  };
}

/** Its messages are not shown: they may hold what a configuration string holds. */
function rclone(args: readonly string[], input?: Buffer): Promise<{ code: number; output: Buffer }> {
  return new Promise((resolveRun, reject) => {
    const all = ['--low-level-retries', '1', '--retries', '1', ...args];
    const child = spawn('rclone', all, { stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', () => reject(new Error('rclone is not installed.')));
    child.on('close', code => resolveRun({ code: code ?? 1, output: Buffer.concat(chunks) }));
    child.stdin.on('error', () => undefined); // it ended before it read everything: its exit code says so
    child.stdin.end(input);
  });
}
