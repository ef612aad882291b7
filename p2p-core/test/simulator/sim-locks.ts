/** Web Locks of one device: one holder a name, the next waits; a death frees everything. */

interface Waiting {
  readonly name: string;
  grant(): void;
}

export class SimLocks {
  readonly #held = new Set<string>();
  #waiting: Waiting[] = [];

  /** As a LockManager; only what takeProfileLock uses. */
  get manager(): LockManager {
    const request = (name: string, options: LockOptions, callback: LockGrantedCallback<unknown>) =>
      this.#request(name, options, callback);
    return { request } as unknown as LockManager;
  }

  #request(name: string, options: LockOptions, callback: LockGrantedCallback<unknown>): Promise<unknown> {
    if (this.#held.has(name) && options.ifAvailable === true) return Promise.resolve(callback(null));
    if (!this.#held.has(name)) return this.#hold(name, callback);
    return new Promise((resolve, reject) => {
      const waiting = { name, grant: () => void this.#hold(name, callback).then(resolve, reject) };
      this.#waiting.push(waiting);
      options.signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter(other => other !== waiting);
        reject(new DOMException('', 'AbortError'));
      });
    });
  }

  async #hold(name: string, callback: LockGrantedCallback<unknown>): Promise<unknown> {
    this.#held.add(name);
    try {
      return await callback({ name, mode: 'exclusive' });
    } finally {
      this.#held.delete(name);
      const next = this.#waiting.findIndex(waiting => waiting.name === name);
      if (next !== -1) this.#waiting.splice(next, 1)[0]?.grant();
    }
  }
}
