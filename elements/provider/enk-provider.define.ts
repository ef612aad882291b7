import { ensureContextRoot } from '@enk/context';
import { EnkProvider } from './enk-provider.ts';

ensureContextRoot();
if (!customElements.get('enk-provider')) customElements.define('enk-provider', EnkProvider);
