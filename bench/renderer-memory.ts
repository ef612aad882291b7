/** Resident memory of a browser's renderer processes, as Linux counts it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Watches the renderer with the largest resident memory below process `browserPid`. */
export class RendererMemory {
  readonly #pid: number;
  readonly #startMb: number;

  constructor(browserPid: number) {
    const renderers = processTree(browserPid).filter(pid =>
      readProc(pid, 'cmdline').includes('--type=renderer'),
    );
    const [largest] = renderers.sort((a, b) => megabytes(b, 'VmRSS') - megabytes(a, 'VmRSS'));
    if (largest === undefined) throw new Error('No renderer process');
    this.#pid = largest;
    writeFileSync(`/proc/${largest}/clear_refs`, '5'); // the peak counts from here
    this.#startMb = megabytes(largest, 'VmRSS');
  }

  /** The highest it was since, and how much that is above the start. */
  peak(): { readonly peakMb: number; readonly aboveStartMb: number } {
    const peakMb = megabytes(this.#pid, 'VmHWM');
    return { peakMb, aboveStartMb: peakMb - this.#startMb };
  }
}

/** All processes below one, at any depth. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid)
      ? / \w (\d+)/.exec(readProc(pid, 'stat').replace(/\(.*\)/, ''))?.[1]
      : null;
    if (parent) parents.set(pid, Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined; at = parents.get(at)) if (at === root) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow);
}

function megabytes(pid: number, field: string): number {
  const kib = new RegExp(`${field}:\\s+(\\d+)`).exec(readProc(pid, 'status'))?.[1] ?? '0';
  return Math.round((Number(kib) * 1024) / 1e6);
}

export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}
