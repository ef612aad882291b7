import { defineElement } from '@enk/internal';
import { NetworkForm } from './network-form.ts';

defineElement('enk-network-form', NetworkForm);
