/**
 * Flights 3 to 6 over the channel: each PDU encoded, sealed and sent, or received, opened and parsed as exactly
 * the type that is due. Hands out the exact bytes for the transcript.
 */
import type * as v from 'valibot';
import { abortable, assertNotAborted } from './abort.ts';
import { HandshakeOpener, HandshakeSealer } from './handshake-record.ts';
import type { HelloSecrets } from './key-schedule.ts';
import { decodePdu, encodePdu } from './pdu-codec.ts';
import type { HandshakePdu } from './pdus.ts';
import type { HandshakeChannel } from './types.ts';

/** A received PDU and its exact plaintext bytes. */
export interface ReceivedPdu<Pdu> {
  readonly pdu: Pdu;
  readonly bytes: Uint8Array;
}

/** Input of {@link SealedFlights.create}; the caller wipes the secrets. */
export interface SealedFlightsInput {
  readonly channel: HandshakeChannel;
  readonly signal: AbortSignal;
  readonly role: 'A' | 'B';
  readonly secrets: HelloSecrets;
}

/** One side's view of the sealed part of a handshake. After any error it MUST NOT be used again. */
export class SealedFlights {
  private constructor(
    private readonly channel: HandshakeChannel,
    private readonly signal: AbortSignal,
    private readonly sealer: HandshakeSealer,
    private readonly opener: HandshakeOpener,
  ) {}

  static async create({ channel, signal, role, secrets }: SealedFlightsInput): Promise<SealedFlights> {
    const { handshakeKeyA, handshakeKeyB } = secrets;
    const [own, peer] = role === 'A' ? [handshakeKeyA, handshakeKeyB] : [handshakeKeyB, handshakeKeyA];
    const sealer = await HandshakeSealer.create(own);
    const opener = await HandshakeOpener.create(peer);
    return new SealedFlights(channel, signal, sealer, opener);
  }

  /** Sends one PDU, its keys in the order of its schema; returns its exact bytes. Throws `aborted`. */
  async send(pdu: HandshakePdu): Promise<Uint8Array> {
    const bytes = encodePdu(pdu);
    const frame = await this.sealer.seal(bytes);
    assertNotAborted(this.signal);
    this.channel.send(frame);
    return bytes;
  }

  /** Waits for exactly this PDU. Throws `protocol-error` for anything else, `aborted`, or the channel's error. */
  async receive<Pdu extends object>(schema: v.GenericSchema<unknown, Pdu>): Promise<ReceivedPdu<Pdu>> {
    const frame = await abortable(this.channel.receive(), this.signal);
    const bytes = await this.opener.open(frame);
    return { pdu: decodePdu(schema, bytes), bytes };
  }
}
