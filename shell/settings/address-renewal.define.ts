import { defineElement } from '@enk/internal';
import { AddressRenewal } from './address-renewal.ts';

defineElement('enk-address-renewal', AddressRenewal);
