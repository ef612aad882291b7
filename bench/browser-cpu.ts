/** Processor time of a browser and everything that it started, as Linux counts it. */
import { processTree, readProc } from './renderer-memory.ts';

/** Linux counts in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;

export class BrowserCpu {
  readonly #pid: number;
  #startTicks: number;

  constructor(browserPid: number) {
    this.#pid = browserPid;
    this.#startTicks = this.#ticks();
  }

  /** Seconds since the start or the last call, of all its threads together. */
  lap(): number {
    const ticks = this.#ticks();
    const seconds = (ticks - this.#startTicks) / TICKS_PER_SECOND;
    this.#startTicks = ticks;
    return seconds;
  }

  #ticks(): number {
    return [this.#pid, ...processTree(this.#pid)].map(ticksOf).reduce((sum, ticks) => sum + ticks, 0);
  }
}

/** User and system time: fields 14 and 15 of proc(5); the name before them may hold anything. */
function ticksOf(pid: number): number {
  const stat = readProc(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}
