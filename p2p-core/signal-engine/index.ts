/**
 * Which engine computes the Signal layer: the default one. It runs in a worker, which no import map reaches; so this
 * module says which worker that is, by file name and hash, put in by the build and never read from a fetched file
 * (DESIGN.md §2). Pointing the import map's key `@enk/signal-engine` at another module that exports the same three
 * constants swaps the engine; `@enk/signal-libsignal` is one.
 */

/** File name of the worker bundle, beside this module. */
declare const __ENK_WORKER_FILE__: string;
/** `sha384-` and the base64 digest of its bytes. */
declare const __ENK_WORKER_SHA384__: string;

const here = import.meta.url; // Apart, or bundlers take `new URL(…, import.meta.url)` for an asset of theirs.

/** The hello's `engine`. */
export const SIGNAL_ENGINE = 'enk-signal-1';

/** The worker with this engine; null in source that no build went over. */
export const WORKER_URL =
  typeof __ENK_WORKER_FILE__ === 'undefined' ? null : new URL(__ENK_WORKER_FILE__, here).href;

/** `sha384-…`, as in Subresource Integrity; null in source that no build went over. */
export const WORKER_INTEGRITY = typeof __ENK_WORKER_SHA384__ === 'undefined' ? null : __ENK_WORKER_SHA384__;
