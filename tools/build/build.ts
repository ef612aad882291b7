/** `npm run build`: dist/, importmap.json, integrity.json and the embed example, all from the sources. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../vite.config.ts';
import { writeEmbedExample } from './embed-page.ts';
import { buildRelease } from './release.ts';
import { sourceStamp, stampFile } from './source-stamp.mjs';
import { toJson, writeRelease } from './write-release.ts';

const stamp = sourceStamp();
const release = await buildRelease();
writeRelease(release, join(root, 'dist'));
writeFileSync(join(root, 'importmap.json'), toJson(release.importMap));
writeFileSync(join(root, 'integrity.json'), toJson(release.integrity));
writeEmbedExample(release);
writeFileSync(stampFile, stamp);
const sizeBytes = release.files.reduce(
  (sum, file) => sum + (file.path.endsWith('.js') ? file.bytes.length : 0),
  0,
);
console.log(
  `Built ${release.files.length} files, ${Math.round(sizeBytes / 1024)} KiB of scripts, into dist/.`,
);
