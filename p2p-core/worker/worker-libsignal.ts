/**
 * Entry of the other dedicated worker: the same, with libsignal-protocol-typescript as its Signal layer. As a whole it
 * is under the GNU General Public License, version 3 (crypto-core/signal-libsignal/README.md). Runs only where a page's
 * import map points `@enk/signal-engine` at `@enk/signal-libsignal`.
 */
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { runWorker } from './run-worker.ts';

runWorker(libsignalEngine);
