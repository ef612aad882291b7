/**
 * The SFrame keys of one call inside the media worker. Epochs, join nonces and what they export come from the session
 * worker, over a port of their own. DESIGN.md §8, P2P-CAL-01, P2P-CAL-04.
 */
import { CryptoCoreError, type MlsExporter, SFrameKeyChain } from '@enk/crypto-core';
import type { EncodedFrame } from './frame-pipe.ts';
import { frameTypeOf, splitFrame } from './frame-type.ts';
import type { KeyCommand, KeyEvent } from './messages.ts';

/** What this file needs of a MessagePort. */
export interface KeyPort {
  onmessage: ((event: MessageEvent<KeyCommand>) => void) | null;
  postMessage(event: KeyEvent): void;
  close(): void;
}

export interface MediaKeysEvents {
  /** Our frames can be sealed from now on. */
  onSealing(epoch: bigint): void;
  /** A member's frames can be opened from now on: a key frame would show them. */
  onAnnounced(leaf: number): void;
  /** The keys are gone. */
  onKeyless(): void;
}

interface Waiting {
  resolve(secret: Uint8Array): void;
  reject(error: CryptoCoreError): void;
}

export class MediaKeys {
  readonly #port: KeyPort;
  readonly #events: MediaKeysEvents;
  readonly #nowMs: () => number;
  readonly #leaves = new Map<string, number>();
  readonly #exports = new Map<number, Waiting>();
  #chain: SFrameKeyChain | null = null;
  #nextExport = 1;

  constructor(port: KeyPort, events: MediaKeysEvents, nowMs: () => number = () => performance.now()) {
    this.#port = port;
    this.#events = events;
    this.#nowMs = nowMs;
    port.onmessage = ({ data }) => this.#accept(data);
  }

  /** One of our frames as it goes out; null while there is no key. Beside it only its type is authenticated. */
  async seal(
    slot: number,
    data: Uint8Array,
    type: EncodedFrame['type'],
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const chain = this.#chain;
    if (chain === null) return null;
    const metadata = frameTypeOf(slot, type);
    const sframe = (await (await chain.sender(slot)).encrypt(data, metadata)) as Uint8Array<ArrayBuffer>;
    if (metadata.length === 0) return sframe;
    const frame = new Uint8Array(metadata.length + sframe.length);
    frame.set(metadata);
    frame.set(sframe, metadata.length);
    return frame;
  }

  /** A frame of this peer's track; null for everything else. */
  async open(peer: string, slot: number, frame: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
    const leaf = this.#leaves.get(peer);
    const parts = splitFrame(slot, frame);
    if (this.#chain === null || leaf === undefined || parts === null) return null;
    const { sframe, metadata } = parts;
    const opened = await this.#chain.open({ frame: sframe, metadata, nowMs: this.#nowMs() });
    const isTheirs = opened.kind === 'opened' && opened.leaf === leaf && opened.slot === slot;
    return isTheirs ? opened.plaintext : null;
  }

  /** The leaf whose frames this peer's connection carries. */
  leafOf(peer: string): number | null {
    return this.#leaves.get(peer) ?? null;
  }

  /** Takes every key away. */
  close(): void {
    this.#chain?.close();
    this.#chain = null;
    for (const { reject } of this.#exports.values()) reject(new CryptoCoreError('session-closed'));
    this.#exports.clear();
    this.#leaves.clear();
    this.#port.close();
    this.#events.onKeyless();
  }

  #accept(command: KeyCommand): void {
    switch (command.kind) {
      case 'epoch':
        return this.#enter(command);
      case 'exported':
        return this.#exported(command.id, command.secret);
      case 'announced':
        return void this.#announced(command).catch(() => undefined); // refused: its frames stay closed
      case 'peer':
        if (command.leaf === null) this.#leaves.delete(command.peer);
        else this.#leaves.set(command.peer, command.leaf);
        return;
      case 'end':
        return this.close();
    }
  }

  /** A step that fails leaves no key behind. */
  #enter({ callId, ownLeaf, epoch, removesMembers }: Extract<KeyCommand, { kind: 'epoch' }>): void {
    try {
      this.#chain ??= new SFrameKeyChain({ callId, ownLeaf });
      const exporter = this.#exporter(epoch);
      const joinNonce = this.#chain.enterEpoch({ epoch, exporter, removesMembers, nowMs: this.#nowMs() });
      this.#port.postMessage({ kind: 'announce', epoch, joinNonce });
      this.#events.onSealing(epoch);
    } catch {
      this.close();
    }
  }

  async #announced(command: Extract<KeyCommand, { kind: 'announced' }>): Promise<void> {
    const { epoch, leaf, joinNonce, floors } = command;
    const outcome = await this.#chain?.announce({ epoch, leaf, joinNonce, floors });
    if (outcome === 'accepted') this.#events.onAnnounced(leaf);
  }

  #exporter(epoch: bigint): MlsExporter {
    return (label, context, lengthBytes) =>
      new Promise((resolve, reject) => {
        const id = this.#nextExport++;
        this.#exports.set(id, { resolve, reject });
        this.#port.postMessage({ kind: 'export', id, epoch, label, context, lengthBytes });
      });
  }

  #exported(id: number, secret: Uint8Array | null): void {
    const waiting = this.#exports.get(id);
    this.#exports.delete(id);
    if (secret === null) waiting?.reject(new CryptoCoreError('session-closed'));
    else waiting?.resolve(secret);
  }
}
