/** `npm run site`: see deploy/site/README.md. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ReleaseRoot } from '@enk/release-manifest';
import type { IceServer } from '../../tools/build/page.ts';
import { MANIFEST } from '../../tools/release/make-manifest.ts';
import { writeSite } from './write-site.ts';

const usage = `npm run site -- --broker wss://broker.example.org/ [--ice-servers JSON] [--mirror https://… (again for each)]
                [--root root.json | --unsigned] [--history releases] [--origin https://…] [--dist dist] [--out site]
  --root      the keys that visitors demand; the release in --dist must be signed by enough of them
  --history   folder with N.json and N.json.minisig of earlier releases, for clients that slept through new keys
  --origin    address of a site without mirrors: writes the manifest for WEBCAT, too (experimental)
  --unsigned  a development build: visitors pin nothing, and are told so`;

const { values } = parseArgs({
  options: {
    broker: { type: 'string' },
    'ice-servers': { type: 'string', default: '[]' },
    mirror: { type: 'string', multiple: true, default: [] },
    root: { type: 'string' },
    history: { type: 'string' },
    origin: { type: 'string' },
    unsigned: { type: 'boolean', default: false },
    dist: { type: 'string', default: 'dist' },
    out: { type: 'string', default: 'site' },
  },
});

try {
  if (!values.broker) throw new Error(`--broker is missing: the address of the broker, wss://…\n${usage}`);
  if (values.root === undefined && !values.unsigned && existsSync(join(values.dist, MANIFEST)))
    throw new Error(
      `${values.dist} is a signed release: give --root, or --unsigned to publish it without.\n${usage}`,
    );
  const iceServers = JSON.parse(values['ice-servers']) as readonly IceServer[];
  const root =
    values.root === undefined ? null : (JSON.parse(readFileSync(values.root, 'utf8')) as ReleaseRoot);
  const settings = { broker: values.broker, iceServers, mirrors: values.mirror, ...(root && { root }) };
  const history = values.history === undefined ? {} : { history: resolve(values.history) };
  const origin = values.origin === undefined ? {} : { origin: values.origin };
  await writeSite(resolve(values.dist), resolve(values.out), { ...settings, ...history, ...origin });
  if (!root) console.log('Unsigned: visitors pin nothing, and the page says so.');
  console.log(`Serve ${values.out}/public with the headers of ${values.out}/headers.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
