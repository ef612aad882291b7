/**
 * What an SFU has of a publisher's video: RTP that Janus forwards, decrypted, to a UDP socket of ours; put together to
 * frames as RFC 7741 says. The operator's wiretap.
 */
import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

export interface FrameTap {
  readonly port: number;
  /** Whole frames so far, each once, in the order in which they were complete. */
  readonly frames: readonly Buffer[];
  close(): void;
}

export async function tapFrames(): Promise<FrameTap> {
  const socket = createSocket('udp4');
  const frames: Buffer[] = [];
  const packets = new Map<number, Map<number, Packet>>(); // by RTP timestamp, then sequence number
  const done = new Set<number>();
  socket.on('message', message => {
    const packet = readPacket(message);
    if (packet === null || done.has(packet.timestamp)) return;
    const frame = packets.get(packet.timestamp) ?? new Map<number, Packet>();
    packets.set(packet.timestamp, frame.set(packet.sequence, packet));
    const whole = assemble([...frame.values()]);
    if (whole === null) return;
    frames.push(whole);
    done.add(packet.timestamp);
    packets.delete(packet.timestamp);
  });
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
  return { port: (socket.address() as AddressInfo).port, frames, close: () => socket.close() };
}

interface Packet {
  readonly sequence: number;
  readonly timestamp: number;
  readonly isLast: boolean;
  readonly isFirst: boolean;
  readonly payload: Buffer;
}

/** RTP (RFC 3550 §5.1) with a VP8 payload descriptor (RFC 7741 §4.2). */
function readPacket(packet: Buffer): Packet | null {
  if (packet.length < 13) return null;
  const flags = packet.readUInt8(0);
  let at = 12 + 4 * (flags & 0x0f);
  if (flags & 0x10) at += 4 + 4 * packet.readUInt16BE(at + 2);
  const end = flags & 0x20 ? packet.length - packet.readUInt8(packet.length - 1) : packet.length;
  if (at >= end) return null; // padding only
  const descriptor = packet.readUInt8(at);
  const isFirst = (descriptor & 0x10) !== 0 && (descriptor & 0x07) === 0;
  at += 1;
  if (descriptor & 0x80) {
    const extension = packet.readUInt8(at);
    at += 1;
    if (extension & 0x80) at += packet.readUInt8(at) & 0x80 ? 2 : 1;
    if (extension & 0x40) at += 1;
    if (extension & 0x30) at += 1;
  }
  return {
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    isLast: (packet.readUInt8(1) & 0x80) !== 0,
    isFirst,
    payload: packet.subarray(at, end),
  };
}

/** The frame, once every packet from the first to the last one is there. */
function assemble(packets: readonly Packet[]): Buffer | null {
  const first = packets.find(({ isFirst }) => isFirst);
  const last = packets.find(({ isLast }) => isLast);
  if (first === undefined || last === undefined) return null;
  const place = ({ sequence }: Packet): number => (sequence - first.sequence) & 0xffff;
  const ordered = packets.toSorted((a, b) => place(a) - place(b));
  const isWhole = ordered.length === place(last) + 1 && ordered.every((one, index) => place(one) === index);
  return isWhole ? Buffer.concat(ordered.map(({ payload }) => payload)) : null;
}
