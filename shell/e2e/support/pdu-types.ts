/** The `type` of every PDU that is only ever sent sealed, read from the schemas themselves. */
import * as handshakePdus from '../../../crypto-core/handshake/pdus.ts';
import type { ControlPdu } from '../../../crypto-core/cascade/control-pdu.ts';
import { PDU_SCHEMAS } from '../../../p2p-core/pdu/schemas.ts';

const controlTypes: Readonly<Record<ControlPdu['type'], true>> = {
  'mlkem-key-exchange': true,
  'mlkem-key-exchange-response': true,
  'rotation-timestamp-broadcast': true,
};

/** Sorted, each once. */
export const sealedPduTypes: readonly string[] = [
  ...new Set([
    ...Object.keys(PDU_SCHEMAS),
    ...Object.keys(controlTypes),
    ...Object.values(handshakePdus).map(schema => schema.entries.type.literal),
  ]),
].sort();
