/**
 * The lab by hand, in a network namespace of its own:
 *   node --import tsx tools/netlab/cli.ts probe                     how each kind of NAT behaves
 *   node --import tsx tools/netlab/cli.ts run [--nat KIND] [--delay-ms N] [--loss-percent N] [--rate-kbit N]
 *                                             [--ports N,N] -- PROGRAM ARGUMENT…
 * `run` starts a program behind a NAT; servers on the ports of loopback outside are at its own loopback.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runInNamespace } from './enter.ts';
import { isPrivateNamespace } from './namespace.ts';
import { type NatKind, natKinds } from './nat.ts';
import { canMakeLab, Netlab } from './netlab.ts';
import { startProbeServer } from './probe.ts';
import { probeSite } from './probe-site.ts';
import type { LineQuality } from './line.ts';

async function probe(lab: Netlab): Promise<number> {
  const server = await startProbeServer();
  const rows: Record<string, object> = {};
  for (const nat of ['none', ...natKinds] as const)
    rows[nat] = await probeSite(await lab.addSite({ nat }), server);
  server.close();
  console.table(rows);
  return 0;
}

async function run(lab: Netlab, args: string[]): Promise<number> {
  const number = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      nat: { type: 'string', default: 'none' },
      ports: { type: 'string', default: '' },
      'delay-ms': number,
      'loss-percent': number,
      'rate-kbit': number,
    },
  });
  const [program, ...rest] = positionals;
  const nat = [...natKinds, 'none'].find(kind => kind === values.nat) as NatKind | 'none' | undefined;
  if (program === undefined || nat === undefined) throw new Error('usage: run [--nat KIND] … -- PROGRAM');
  const site = await lab.addSite({ nat, loopbackPorts: values.ports.split(',').filter(Boolean).map(Number) });
  const wanted = [values['delay-ms'], values['loss-percent'], values['rate-kbit']].map(Number);
  const [delayMs = 0, lossPercent = 0, rateKbit] = wanted.map(value => value || 0);
  const quality: LineQuality = { delayMs, lossPercent, ...(rateKbit ? { rateKbit } : {}) };
  if (delayMs || lossPercent || rateKbit) await site.setLine(quality);
  const [command, ...all] = site.host.inside(program, ...rest);
  return spawnSync(command, all, { stdio: 'inherit' }).status ?? 1;
}

async function main([verb, ...args]: string[]): Promise<number> {
  if (!isPrivateNamespace()) return runInNamespace(fileURLToPath(import.meta.url), process.argv.slice(2));
  if (!canMakeLab()) throw new Error('This needs root, nft, ip and nsenter.');
  const lab = Netlab.open();
  try {
    if (verb === 'probe') return await probe(lab);
    if (verb === 'run') return await run(lab, args);
    throw new Error('usage: cli.ts probe | run');
  } finally {
    await lab.close();
  }
}

process.exitCode = await main(process.argv.slice(2));
