/** The page's end of the media port for scenarios: says what a browser would, and records what it was told. */
import type { KeyCommand, KeyEvent } from '../../calls/media-worker/messages.ts';
import type {
  CallId,
  CallMediaCommand,
  CallMediaEvent,
  CallMediaPort,
  MediaPeerId,
} from '../../ports/call-media.ts';

/** A description as a browser makes it, cut down to what is checked. */
export function sampleSdp(fingerprint = 'AB'): string {
  const lines = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1 2 3'];
  const print = Array(32).fill(fingerprint).join(':');
  for (const [index, kind] of ['audio', 'video', 'video', 'audio'].entries()) {
    lines.push(`m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? 111 : 96}`, `a=mid:${index}`);
    lines.push(kind === 'audio' ? 'a=rtpmap:111 opus/48000/2' : 'a=rtpmap:96 VP8/90000');
    lines.push(`a=fingerprint:sha-256 ${print}`, 'a=setup:actpass', 'a=rtcp-mux');
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** A media worker's end of a key port that writes down what it gets. */
export class KeyRecorder {
  readonly commands: KeyCommand[] = [];
  constructor(readonly port: MessagePort) {
    port.onmessage = ({ data }: MessageEvent<KeyCommand>) => {
      this.commands.push(data);
      // What a media worker does first in an epoch: its join nonce, and the base key of its own first track.
      if (data.kind !== 'epoch') return;
      const joinNonce = crypto.getRandomValues(new Uint8Array(16));
      this.post({ kind: 'announce', epoch: data.epoch, joinNonce });
    };
  }

  post(event: KeyEvent): void {
    this.port.postMessage(event);
  }

  of<K extends KeyCommand['kind']>(kind: K): readonly Extract<KeyCommand, { kind: K }>[] {
    return this.commands.filter(
      (command): command is Extract<KeyCommand, { kind: K }> => command.kind === kind,
    );
  }
}

export class MediaDouble implements CallMediaPort {
  readonly commands: CallMediaCommand[] = [];
  readonly keys = new Map<CallId, KeyRecorder>();
  /** Media connect as soon as an answer came or went. */
  isWorking = true;
  readonly #listeners = new Set<(event: CallMediaEvent) => void>();
  readonly #keyListeners = new Set<(call: CallId, port: MessagePort) => void>();

  execute(command: CallMediaCommand): void {
    this.commands.push(command);
    const { call } = command;
    if (command.type === 'media-open') {
      const { port1, port2 } = new MessageChannel();
      this.keys.set(call, new KeyRecorder(port1));
      queueMicrotask(() => this.#keyListeners.forEach(listener => listener(call, port2)));
    }
    if (command.type === 'media-connect' && command.isOfferer && this.isWorking) {
      this.emit({
        type: 'media-signal',
        call,
        peer: command.peer,
        signal: { kind: 'offer', sdp: sampleSdp() },
      });
    }
    if (command.type !== 'media-signal' || !this.isWorking) return;
    const { peer, signal } = command;
    if (signal.kind === 'offer') {
      this.emit({ type: 'media-signal', call, peer, signal: { kind: 'answer', sdp: sampleSdp('CD') } });
    }
    if (signal.kind !== 'candidate') this.emit({ type: 'media-state', call, peer, state: 'connected' });
  }

  emit(event: CallMediaEvent): void {
    queueMicrotask(() => this.#listeners.forEach(listener => listener(event)));
  }

  state(call: CallId, peer: string, state: 'lost' | 'connected' | 'failed'): void {
    this.emit({ type: 'media-state', call, peer: peer as MediaPeerId, state });
  }

  subscribe(listener: (event: CallMediaEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onKeyPort(listener: (call: CallId, port: MessagePort) => void): () => void {
    this.#keyListeners.add(listener);
    return () => this.#keyListeners.delete(listener);
  }

  of<T extends CallMediaCommand['type']>(type: T): readonly Extract<CallMediaCommand, { type: T }>[] {
    return this.commands.filter(
      (command): command is Extract<CallMediaCommand, { type: T }> => command.type === type,
    );
  }
}
