/** Where a Ready session and the transfers of its contact meet. */
import type { FrameSource } from '../delivery/send-queue.ts';
import type { LargeSend } from '../delivery/large-sender.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { Pdu } from '../pdu/schemas.ts';

export type FilePdu = Extract<Pdu, { type: `file-${string}` }>;

/** What transfers need of a session. */
export interface FileSession {
  /** TH0, 32 bytes. */
  readonly sessionId: Uint8Array;
  /** Rejects when the session is over. */
  sendPdu(body: PduBody): Promise<void>;
  /** A PDU above one chunk; see LargeSender. */
  sendLarge(request: LargeSend): Promise<void>;
  /** Resolves when the last frame of `source` left; rejects when `signal` fires or the session ends. */
  sendChunks(source: FrameSource, signal: AbortSignal): Promise<void>;
  /** A source has something to send that had not before. */
  wakeChunks(): void;
}

/** What a session hands on. What answers false ends it (`order`). Nothing here waits for a person or a whole file. */
export interface SessionFiles {
  /** Both sides know each other's cursors: offers may leave. */
  synced(session: FileSession): void;
  accept(session: FileSession, pdu: FilePdu): Promise<boolean>;
  /** A chunk that came through the cascade. */
  acceptChunk(session: FileSession, bytes: Uint8Array): Promise<boolean>;
  /** A frame of fast bulk, unopened. */
  acceptFrame(session: FileSession, frame: Uint8Array): Promise<boolean>;
  ended(session: FileSession): void;
}
