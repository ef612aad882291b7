/** Renders the pages of a changed release folder anew, as whoever owns the build could. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integrityOf } from '../../../tools/build/emit.ts';
import { renderShell } from '../../../tools/build/page.ts';
import { shellTemplate } from '../../../tools/build/site-files.ts';
import { PAGE_HEADERS, pageLoading } from '../../../tools/build/site-paths.ts';
import { readRelease, toJson } from '../../../tools/build/write-release.ts';

/** After a change of importmap.json or integrity.json in `folder`. */
export function rerenderPages(folder: string): void {
  const index = readRelease(folder);
  const settings = { broker: 'wss://broker.invalid/', iceServers: [] };
  const integrity = { ...index.integrity };
  const headers: Record<string, unknown> = {};
  const write = (path: string, text: string): void => {
    writeFileSync(join(folder, path), text);
    integrity[`./${path}`] = integrityOf(readFileSync(join(folder, path)));
  };
  for (const [path, loading] of Object.entries(pageLoading)) {
    const page = renderShell(shellTemplate(), index, { settings, loading });
    headers[path] = page.headers;
    write(path, page.html);
  }
  write(PAGE_HEADERS, toJson(headers));
  writeFileSync(join(folder, 'integrity.json'), toJson(integrity));
}
