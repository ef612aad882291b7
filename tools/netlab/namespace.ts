/**
 * One network namespace: an anonymous one, held by a process that reads a pipe of ours. When we end, however we end,
 * the pipe closes, the holder exits and the kernel takes the namespace with its interfaces and rules: there is
 * nothing to clean up after a crash, and no name that two runs could share. Needs root and Linux.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs of the network may lie outside a person's PATH. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** Where commands run: in a namespace of the lab, or in our own. */
export interface CommandPlace {
  /** Runs a program to its end; returns what it printed. Throws with its error output. */
  run(program: string, ...args: readonly string[]): string;
  /** Loads rules in nft's language as one transaction. */
  loadRules(rules: string): void;
  /** Sets `net.…` for this namespace. */
  setSysctl(name: string, value: number): void;
}

/** The namespace that this process is in. */
export const ownNamespace: CommandPlace = {
  run: (program, ...args) => execFileSync(program, args, { env, encoding: 'utf8' }),
  loadRules: rules => void execFileSync('nft', ['-f', '-'], { env, input: rules }),
  setSysctl: (name, value) => writeFileSync(sysctlPath(name), String(value)),
};

export class NetworkNamespace implements CommandPlace {
  readonly #wrappers = mkdtempSync(join(tmpdir(), 'enk-netlab-'));

  private constructor(private readonly holder: ChildProcess) {}

  /** A new namespace whose loopback is up and where packets may be forwarded. */
  static async create(): Promise<NetworkNamespace> {
    const holder = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec cat'], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      holder.once('error', reject);
      holder.once('exit', () => reject(new Error('No network namespace can be made here.')));
      holder.stdout?.once('data', () => resolve());
    });
    const namespace = new NetworkNamespace(holder);
    namespace.run('ip', 'link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Process that holds it: what `ip link … netns PID` and nsenter take. */
  get pid(): number {
    if (this.holder.pid === undefined) throw new Error('This namespace has ended.');
    return this.holder.pid;
  }

  /** `program args…` as a command line that runs in here. */
  inside(program: string, ...args: readonly string[]): [program: string, ...args: string[]] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`, '--', program, ...args];
  }

  run(program: string, ...args: readonly string[]): string {
    const [command, ...rest] = this.inside(program, ...args);
    return ownNamespace.run(command, ...rest);
  }

  loadRules(rules: string): void {
    const [command, ...rest] = this.inside('nft', '-f', '-');
    execFileSync(command, rest, { env, input: rules });
  }

  setSysctl(name: string, value: number): void {
    this.run('sh', '-c', `echo ${value} > ${sysctlPath(name)}`);
  }

  /** A program file that runs `program` in here, for whoever takes only the path of an executable. */
  wrap(program: string): string {
    const file = join(this.#wrappers, 'run');
    const [command, ...args] = this.inside(program);
    const line = [command, ...args].map(part => `'${part}'`).join(' ');
    writeFileSync(file, `#!/bin/sh\nexec ${line} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** Ends it. Programs that still run in it keep it alive, but it is cut off: its links are removed by their owner. */
  close(): void {
    this.holder.removeAllListeners('exit');
    this.holder.stdin?.end();
    this.holder.stdout?.destroy();
    rmSync(this.#wrappers, { recursive: true, force: true });
  }
}

/** True where {@link NetworkNamespace.create} can work: Linux, root, and the programs it needs. */
export function canMakeNamespaces(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    ownNamespace.run('unshare', '-n', 'true');
    ownNamespace.run('nsenter', '--version');
    ownNamespace.run('nft', '--version');
    ownNamespace.run('ip', '-V');
    return true;
  } catch {
    return false; // A program is missing, or the kernel says no.
  }
}

/** Set by who makes the namespace: tools/e2e.ts and cli.ts. */
export const namespaceVariable = 'ENK_NETWORK_NAMESPACE';

/** True inside a namespace made for us, where nothing has an address of the machine's. */
export function isPrivateNamespace(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
  return (
    Boolean(process.env[namespaceVariable]) && outside.every(({ address }) => address.startsWith('10.77.'))
  );
}

function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}
