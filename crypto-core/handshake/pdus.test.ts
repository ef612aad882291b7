/** Schemas of the sealed PDUs: exact lengths, no unknown keys, canonical bytes. */
import { expect } from '@esm-bundle/chai';
import type { GenericSchema } from 'valibot';
import { encodeHex } from '../bytes/hex.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { decodePdu, encodePdu } from './pdu-codec.ts';
import * as pdus from './pdus.ts';

const specVersion = '1.0' as const;
const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(7);

interface Case {
  readonly schema: GenericSchema<unknown, object>;
  readonly pdu: { readonly type: string; readonly [field: string]: unknown };
}

/** Each schema with a PDU. */
const CASES: readonly Case[] = [
  { schema: pdus.mlsKeyPackageRequest, pdu: { type: 'mls-key-package-request', specVersion } },
  { schema: pdus.signalKeyExchangeRequest, pdu: { type: 'signal-key-exchange-request', specVersion } },
  {
    schema: pdus.mlKemKeyExchange,
    pdu: { type: 'mlkem-key-exchange', specVersion, gen: 0, ek: bytes(1184) },
  },
  {
    schema: pdus.mlsKeyPackage,
    pdu: { type: 'mls-key-package', specVersion, device: bytes(128), keyPackage: bytes(100) },
  },
  {
    schema: pdus.signalKeyExchangeResponse,
    pdu: {
      type: 'signal-key-exchange-response',
      specVersion,
      signedPrekey: bytes(32),
      signedPrekeySignature: bytes(64),
      kemPrekey: bytes(1184),
      kemPrekeySignature: bytes(64),
    },
  },
  {
    schema: pdus.mlKemKeyExchangeResponse,
    pdu: { type: 'mlkem-key-exchange-response', specVersion, gen: 0, ct: bytes(1088) },
  },
  {
    schema: pdus.mlsEncryptionSyncRequest,
    pdu: { type: 'mls-encryption-sync-request', specVersion, device: bytes(128), knowsYou: 1 },
  },
  {
    schema: pdus.mlsWelcome,
    pdu: { type: 'mls-welcome', specVersion, welcome: bytes(100), tree: bytes(100) },
  },
  {
    schema: pdus.signalSessionComplete,
    pdu: {
      type: 'signal-session-complete',
      specVersion,
      ephemeralKey: bytes(32),
      kemCiphertext: bytes(1088),
      message: bytes(100),
    },
  },
  {
    schema: pdus.handshakeFinish,
    pdu: { type: 'handshake-finish', specVersion, signature: bytes(64), mac: bytes(32) },
  },
  {
    schema: pdus.mlsEncryptionSyncResponse,
    pdu: { type: 'mls-encryption-sync-response', specVersion, knowsYou: 0 },
  },
  {
    schema: pdus.mlsWelcomeAck,
    pdu: { type: 'mls-welcome-ack', specVersion, epochAuthenticator: bytes(64) },
  },
];

function isAccepted(schema: Case['schema'], encoded: Uint8Array): boolean {
  try {
    decodePdu(schema, encoded);
    return true;
  } catch {
    return false;
  }
}

const LENGTH_IS_FREE = new Set(['keyPackage', 'welcome', 'tree', 'message']);

describe('handshake PDUs', () => {
  for (const { schema, pdu } of CASES) {
    it(`CC-HS-03: ${pdu.type} round-trips, and any other text of it is refused`, () => {
      const encoded = encodePdu(pdu);
      const text = decodeUtf8(encoded);
      expect(encodeHex(encodePdu(decodePdu(schema, encoded)))).to.equal(encodeHex(encoded));
      const variants = [
        text.replace('{', '{ '),
        text.replace('{', '{"type":"x",'),
        text.replace(/\}$/, ',"extra":1}'),
        text.replace('"1.0"', '"2.0"'),
        text.replace(`"${pdu.type}"`, '"hello"'),
        text.slice(0, -1),
        `${text}\n`,
        text.replace(/^(\{)("type":"[^"]*"),("specVersion":"1.0")/, '$1$3,$2'),
      ];
      for (const variant of variants) {
        expect(variant).not.to.equal(text);
        expect(isAccepted(schema, utf8(variant)), variant.slice(0, 60)).to.equal(false);
      }
      for (const other of CASES.filter(candidate => candidate.schema !== schema)) {
        expect(isAccepted(other.schema, encoded), other.pdu.type).to.equal(false);
      }
    });

    it(`CC-HS-03: ${pdu.type} takes byte strings of exact length only`, () => {
      for (const [name, value] of Object.entries(pdu)) {
        if (!(value instanceof Uint8Array)) continue;
        const others = LENGTH_IS_FREE.has(name) ? [0, 8193] : [value.length - 1, value.length + 1];
        for (const size of others) {
          expect(isAccepted(schema, encodePdu({ ...pdu, [name]: bytes(size) })), name).to.equal(false);
        }
      }
    });
  }
});
