/**
 * Keeps the requests of elements that were upgraded before their provider, and repeats them when it arrives.
 * One per document, whoever asks first; two copies of this module agree through the global symbol registry.
 */
import { ContextRoot } from '@lit/context';

const ATTACHED = Symbol.for('enk.context-root.v1');

/** Idempotent. Called by every package that defines elements. */
export function ensureContextRoot(): void {
  const root: HTMLElement & { [ATTACHED]?: boolean } = document.documentElement;
  if (root[ATTACHED]) return;
  root[ATTACHED] = true;
  new ContextRoot().attach(root);
}
