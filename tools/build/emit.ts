/**
 * Names and hashes. A file is `<name>.<first 16 hex digits of its SHA-256>.<ext>`, so a name says which bytes it
 * means; integrity is SHA-384 in the form of the SRI specification.
 */
import { createHash } from 'node:crypto';

export interface EmittedFile {
  /** Relative to the mirror's top, for example `modules/lit.0123456789abcdef.js`. */
  readonly path: string;
  readonly bytes: Buffer;
  /** `sha384-…` */
  readonly integrity: string;
}

export function integrityOf(bytes: Buffer | string): string {
  return `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
}

/** Content-addressed file, in modules/ unless `folder` says otherwise. */
export function emitHashed(
  name: string,
  extension: string,
  content: string | Buffer,
  folder = 'modules/',
): EmittedFile {
  const bytes = Buffer.from(content);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { path: `${folder}${name}.${hash}.${extension}`, bytes, integrity: integrityOf(bytes) };
}

/** A script and the source map that it names. */
export interface EmittedScript {
  readonly script: EmittedFile;
  readonly map: EmittedFile;
}

export function emitScript(
  name: string,
  { code, map }: { code: string; map: string },
  folder = 'modules/',
): EmittedScript {
  const mapFile = emitHashed(name, 'js.map', map, folder);
  const own = code.replace(/\n\/\/# sourceMappingURL=\S*\s*$/, ''); // the bundler's, of a file that is not written
  const text = `${own.trimEnd()}\n//# sourceMappingURL=${mapFile.path.replace(folder, '')}\n`;
  return { script: emitHashed(name, 'js', text, folder), map: mapFile };
}

/** Files whose name must say their bytes; the others have a name that stays. */
export const hasHashedName = (path: string): boolean => /^(?:modules\/|service-worker\.)/.test(path);

/** True when the name of a content-addressed file is the name of these bytes. */
export function nameMatches(path: string, bytes: Buffer): boolean {
  const match = /^(modules\/|)([^/]+)\.([0-9a-f]{16})\.(js|js\.map|css|json)$/.exec(path);
  return match !== null && emitHashed(match[2] ?? '', match[4] ?? '', bytes, match[1]).path === path;
}
