/** `npm run cdn -- publish|verify|status`: see deploy/cdn/README.md. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Pin, ReleaseRoot } from '@enk/release-manifest';
import { pinOfRoot, verifyFolder } from '../../tools/release/verify-release.ts';
import { publish } from './publish.ts';
import { openTarget } from './targets.ts';
import { verifyMirror, type MirrorReport, type Reference } from './verify-mirror.ts';

const usage = `npm run cdn -- COMMAND --root FILE [--dir dist]
  publish TARGET…   dir:PATH or rclone:REMOTE:PATH, each; run again to go on after a break
  verify URL…       every byte and header of each mirror against the signed release in --dir
  status URL…       the same as JSON`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: 'string' }, dir: { type: 'string', default: 'dist' } },
});
const [command = '', ...places] = positionals;
const folder = resolve(values.dir);

function readPin(): Pin {
  if (values.root === undefined || places.length === 0) throw new Error(usage);
  return pinOfRoot(JSON.parse(readFileSync(values.root, 'utf8')) as ReleaseRoot);
}

async function runPublish(pin: Pin): Promise<void> {
  for (const target of places.map(openTarget)) {
    let sent = 0;
    const onProgress: Parameters<typeof publish>[1]['onProgress'] = ({ path, done, total, isSent }) => {
      if (isSent) sent += 1;
      console.log(`${target.name}  ${done}/${total}  ${isSent ? 'sent' : 'there'}  ${path}`);
    };
    await publish(target, { folder, pin, nowMs: Date.now(), onProgress });
    console.log(`${target.name}: complete and read back, ${sent} files sent.`);
  }
}

async function readReference(pin: Pin): Promise<Reference> {
  const { acceptance, problems } = await verifyFolder(folder, pin, Date.now());
  if (acceptance.kind === 'refused') throw new Error(`The release in ${folder} is ${acceptance.reason}.`);
  if (problems.length > 0) throw new Error(`${folder} is not its release:\n${problems.join('\n')}`);
  return { release: acceptance.release, bytesOf: path => readFileSync(join(folder, path)) };
}

async function report(pin: Pin): Promise<{ reference: Reference; mirrors: readonly MirrorReport[] }> {
  const reference = await readReference(pin);
  const urls = places.map(place => (place.endsWith('/') ? place : `${place}/`));
  const mirrors = await Promise.all(urls.map(url => verifyMirror(url, reference)));
  if (mirrors.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
  return { reference, mirrors };
}

async function runVerify(pin: Pin): Promise<void> {
  const { mirrors } = await report(pin);
  for (const { url, files, faults } of mirrors) {
    console.log(`${faults.length === 0 ? '✓' : '✗'} ${url}  ${files} files, ${faults.length} faults`);
    for (const { path, kind, found } of faults)
      console.log(`    ${kind.padEnd(12)} ${path.padEnd(48)} ${found}`);
  }
}

async function runStatus(pin: Pin): Promise<void> {
  const { reference, mirrors } = await report(pin);
  const { seq, version, expires } = reference.release;
  const list = mirrors.map(mirror => ({ isHealthy: mirror.faults.length === 0, ...mirror }));
  console.log(JSON.stringify({ release: { seq, version, expires }, mirrors: list }, null, 2));
}

const commands: Readonly<Record<string, (pin: Pin) => Promise<void>>> = {
  publish: runPublish,
  verify: runVerify,
  status: runStatus,
};

try {
  const run = commands[command];
  if (!run) throw new Error(usage);
  await run(readPin());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
