/**
 * The session worker's end of a call's key port: gives the media worker its epochs, what the MLS exporter derives, and
 * the join nonces of the others; carries ours to them. P2P-CAL-01, P2P-CAL-04.
 *
 * Nonces travel as MLS messages of the call's group, so their author is the leaf that MLS authenticated:
 *
 *     join announcement = 0x01 ‖ join nonce (16)
 */
import { CryptoCoreError, JOIN_NONCE_BYTES } from '@enk/crypto-core';
import type { CallGroup } from '../groups/call-group.ts';
import type { MediaPeerId } from '../ports/call-media.ts';
import type { KeyCommand, KeyEvent } from './media-worker/messages.ts';

/** What this file needs of a MessagePort. */
export interface KeyServerPort {
  onmessage: ((event: MessageEvent<KeyEvent>) => void) | null;
  postMessage(command: KeyCommand): void;
  close(): void;
}

const JOIN_ANNOUNCEMENT = 1;

interface Epoch {
  readonly epoch: bigint;
  readonly removesMembers: boolean;
}

export class CallKeys {
  readonly #callId: Uint8Array;
  readonly #group: CallGroup;
  readonly #announce: (message: Uint8Array) => void;
  readonly #leaves = new Map<MediaPeerId, number>();
  #port: KeyServerPort | null = null;
  #epoch: Epoch | null = null;
  /** Of the present epoch. */
  readonly #announced = new Map<number, Uint8Array>();

  /** `announce` carries a sealed group message to every member. */
  constructor(callId: Uint8Array, group: CallGroup, announce: (message: Uint8Array) => void) {
    this.#callId = callId;
    this.#group = group;
    this.#announce = announce;
  }

  /** The media worker is there: it is told everything that holds now. */
  attach(port: KeyServerPort): void {
    this.#port?.close();
    this.#port = port;
    port.onmessage = ({ data }) => void this.#accept(data);
    for (const [peer, leaf] of this.#leaves) this.#post({ kind: 'peer', peer, leaf });
    if (this.#epoch === null) return;
    this.#postEpoch(this.#epoch);
    for (const [leaf, joinNonce] of this.#announced) this.#postAnnounced(leaf, joinNonce);
  }

  /** The group's present epoch is the call's from now on. */
  enterEpoch(removesMembers: boolean): void {
    this.#epoch = { epoch: this.#group.epoch, removesMembers };
    this.#announced.clear();
    this.#postEpoch(this.#epoch);
  }

  /** Whose frames come over a peer's connection. */
  setLeaf(peer: MediaPeerId, leaf: number): void {
    this.#leaves.set(peer, leaf);
    this.#post({ kind: 'peer', peer, leaf });
  }

  forget(peer: MediaPeerId): void {
    this.#leaves.delete(peer);
    this.#post({ kind: 'peer', peer, leaf: null });
  }

  /** A message of the group. False when it is no announcement, or of an epoch that is over. */
  heard(leaf: number, epoch: bigint, bytes: Uint8Array): boolean {
    const isAnnouncement = bytes[0] === JOIN_ANNOUNCEMENT && bytes.length === 1 + JOIN_NONCE_BYTES;
    if (!isAnnouncement || epoch !== this.#epoch?.epoch) return false;
    const joinNonce = bytes.slice(1);
    this.#announced.set(leaf, joinNonce);
    this.#postAnnounced(leaf, joinNonce);
    return true;
  }

  /** Takes every key from the media worker. */
  close(): void {
    this.#post({ kind: 'end' });
    this.#port?.close();
    this.#port = null;
    this.#announced.clear();
  }

  async #accept(event: KeyEvent): Promise<void> {
    if (event.kind === 'export') return this.#export(event);
    if (event.epoch !== this.#epoch?.epoch) return; // a newer one follows
    const bytes = new Uint8Array(1 + event.joinNonce.length);
    bytes.set([JOIN_ANNOUNCEMENT]);
    bytes.set(event.joinNonce, 1);
    try {
      this.#announce(await this.#group.seal(bytes));
    } catch (error) {
      if (!(error instanceof CryptoCoreError)) throw error; // the call is over: nobody wants a nonce of it
    }
  }

  /** Only of the present epoch: what is over is exported no more. */
  async #export(event: Extract<KeyEvent, { kind: 'export' }>): Promise<void> {
    const { id, epoch, label, context, lengthBytes } = event;
    const isPresent = epoch === this.#epoch?.epoch;
    const secret = isPresent
      ? await this.#group
          .exporter()(label, context, lengthBytes)
          .catch(() => null)
      : null;
    this.#post({ kind: 'exported', id, secret });
    secret?.fill(0); // posted as a copy
  }

  #postEpoch({ epoch, removesMembers }: Epoch): void {
    const { ownLeaf } = this.#group;
    this.#post({ kind: 'epoch', callId: this.#callId, ownLeaf, epoch, removesMembers });
  }

  #postAnnounced(leaf: number, joinNonce: Uint8Array): void {
    const epoch = this.#epoch?.epoch;
    if (epoch !== undefined) this.#post({ kind: 'announced', epoch, leaf, joinNonce, floors: [] });
  }

  #post(command: KeyCommand): void {
    this.#port?.postMessage(command);
  }
}
