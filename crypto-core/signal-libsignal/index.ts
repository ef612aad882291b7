/**
 * What the import map's key `@enk/signal-engine` can point at instead of its default: the same three constants, for
 * the worker that has libsignal-protocol-typescript (GPL-3.0-only) as its Signal layer. This module itself holds no
 * code of that library, and neither does anything else that a page loads; the worker does.
 */

/** File name of the worker bundle, beside this module. */
declare const __ENK_WORKER_FILE__: string;
/** `sha384-` and the base64 digest of its bytes. */
declare const __ENK_WORKER_SHA384__: string;

const here = import.meta.url; // Apart, or bundlers take `new URL(…, import.meta.url)` for an asset of theirs.

/** The hello's `engine`. */
export const SIGNAL_ENGINE = 'libsignal-ts-1';

/** The worker with this engine; null in source that no build went over. */
export const WORKER_URL =
  typeof __ENK_WORKER_FILE__ === 'undefined' ? null : new URL(__ENK_WORKER_FILE__, here).href;

/** `sha384-…`, as in Subresource Integrity; null in source that no build went over. */
export const WORKER_INTEGRITY = typeof __ENK_WORKER_SHA384__ === 'undefined' ? null : __ENK_WORKER_SHA384__;
