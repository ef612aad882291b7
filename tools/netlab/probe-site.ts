/** Runs the probes on a site's host, as a program in its namespace; and is that program. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type LineMeasurement, type NatBehaviour, probeLine, probeNat, type ProbeServer } from './probe.ts';
import type { LabSite } from './site.ts';

const self = fileURLToPath(import.meta.url);

/** What the server sees of this site's NAT. */
export async function probeSite(site: LabSite, server: ProbeServer): Promise<NatBehaviour> {
  return (await runThere(site, ['nat', ...server.ports.map(String)])) as NatBehaviour;
}

/** How the line from this site to the internet is. */
export async function probeSiteLine(
  site: LabSite,
  server: ProbeServer,
  count: number,
): Promise<LineMeasurement> {
  return (await runThere(site, ['line', ...server.ports.map(String), String(count)])) as LineMeasurement;
}

async function runThere(site: LabSite, args: readonly string[]): Promise<unknown> {
  const [program, ...rest] = site.host.inside(process.execPath, '--import', 'tsx', self, ...args);
  const { stdout } = await promisify(execFile)(program, rest, { timeout: 60_000 });
  return JSON.parse(stdout) as unknown;
}

if (process.argv[1] === self) {
  const [probe, ...numbers] = process.argv.slice(2);
  const [first = 0, second = 0, count = 0] = numbers.map(Number);
  const result = probe === 'line' ? probeLine([first, second], count) : probeNat([first, second]);
  console.log(JSON.stringify(await result));
}
