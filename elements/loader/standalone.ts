/**
 * `enk-standalone.js`: the elements that a page may embed, in one module without imports, for pages that admit
 * nothing inline. Its tag carries its SRI; only the worker is fetched besides, verified as always.
 */
import '@enk/chat';
import '@enk/diagnostics';
import '@enk/provider';
import '@enk/unlock';
import '@enk/vault-settings';
