/** `npm run vectors`: writes the golden vectors of the profile from their fixed seeds. Same seeds, same bytes. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeVectorFile, GOLDEN_VECTORS, makeVectorFile } from './vectors.ts';

for (const vector of GOLDEN_VECTORS) {
  const text = encodeVectorFile(await makeVectorFile(vector));
  const path = fileURLToPath(new URL(`../vectors/profile-v1/${vector.file}`, import.meta.url));
  writeFileSync(path, text);
  console.log(`${vector.name}  ${vector.file}  ${Math.ceil(text.length / 1024)} KiB`);
}
