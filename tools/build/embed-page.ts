/** The committed example of a foreign page, made for the addresses that `npm start` prints first. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../vite.config.ts';
import { defaultBrokerPort, defaultPort } from '../ports.mjs';
import { renderEmbed } from './page.ts';
import type { ReleaseIndex } from './write-release.ts';

const folder = join(root, 'examples/embed');

export const embedTemplate = (): string => readFileSync(join(folder, 'template.html'), 'utf8');
export const embedFile = join(folder, 'index.html');

export function exampleEmbed(index: ReleaseIndex): string {
  return renderEmbed(embedTemplate(), index, {
    mirrors: [`http://localhost:${defaultPort}/`],
    broker: `ws://localhost:${defaultBrokerPort}/`,
  });
}

export function writeEmbedExample(index: ReleaseIndex): void {
  writeFileSync(embedFile, exampleEmbed(index));
}
