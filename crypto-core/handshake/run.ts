/**
 * One handshake under way: what both sides carry from the hellos to the end. A record, not an object with
 * behaviour; initiator.ts and responder.ts hold the order.
 */
import { CryptoCoreError } from '../errors.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { wipe } from '../bytes/wipe.ts';
import { decodeDevice, type PeerDevice } from '../identity/device-certificate.ts';
import type { MasterSecrets } from './key-schedule.ts';
import type { Opening } from './opening.ts';
import { SealedFlights } from './sealed-flights.ts';
import type { Closeable, SecretScope } from './secret-scope.ts';
import { Transcript } from './transcript.ts';
import type { HandshakeChannel, HandshakeContext, HandshakeResult } from './types.ts';

/** Everything before the record's own protection starts. */
export interface RunInput {
  readonly role: 'A' | 'B';
  readonly channel: HandshakeChannel;
  readonly ctx: HandshakeContext;
  readonly opening: Opening;
  readonly scope: SecretScope;
}

/** The handshake after the hellos. */
export interface Run {
  readonly role: 'A' | 'B';
  readonly ctx: HandshakeContext;
  readonly opening: Opening;
  /** Owns every secret that must not outlive the handshake. */
  readonly scope: SecretScope;
  readonly flights: SealedFlights;
  readonly transcript: Transcript;
}

/** Starts the sealed part under the keys of the opening. */
export async function createRun({ role, channel, ctx, opening, scope }: RunInput): Promise<Run> {
  const { secrets, sessionId } = opening;
  const flights = await SealedFlights.create({ channel, signal: ctx.signal, role, secrets });
  return { role, ctx, opening, scope, flights, transcript: new Transcript(sessionId) };
}

/** The peer's certified device. Throws `own-identity` when the far side shows our own identity. */
export async function acceptDevice(run: Run, device: Uint8Array): Promise<PeerDevice> {
  const peer = await decodeDevice(device);
  const own = run.ctx.identity;
  if (constantTimeEqual(peer.identityKey, own.identityKey) || constantTimeEqual(peer.dhKey, own.dhKey)) {
    throw new CryptoCoreError('own-identity');
  }
  return peer;
}

/** What the caller commits and keeps; its secrets are copies, and `guard` wipes them unless it is released. */
export function createResult(
  run: Run,
  peer: PeerDevice,
  peerKnowsUs: boolean,
  master: MasterSecrets,
): { readonly result: HandshakeResult; readonly guard: Closeable } {
  const { sessionId, pskKind, psk, peerHello } = run.opening;
  const result = {
    peer,
    role: run.role,
    sessionId,
    pskKind,
    psk,
    pairSecret: master.pairSecret.slice(),
    peerKnowsUs,
    exporter: master.exporter.slice(),
    peerMaxPduBytes: peerHello.limits.maxPduBytes,
    peerFeatures: peerHello.features,
  };
  const guard = run.scope.guard({ close: () => wipe(result.pairSecret, result.exporter) });
  return { result, guard };
}
