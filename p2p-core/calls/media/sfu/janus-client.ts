/**
 * A session with a Janus server over its WebSocket API, as far as a call needs it: handles of the VideoRoom plugin,
 * requests that are answered by events, trickled candidates. Not responsible for what is asked.
 *
 * The server is an attacker: what it says is bounded and read strictly, and a session that breaks any rule just ends.
 * P2P-CAL-33.
 */
import { MAX_SFU_MESSAGE_CHARS, SFU_ANSWER_MS, SFU_KEEPALIVE_MS } from '../../../limits.ts';
import {
  type JanusMessage,
  type JanusPluginData,
  type JanusSdp,
  readJanusMessage,
} from './janus-messages.ts';

const PLUGIN = 'janus.plugin.videoroom';

/** The session ended: the socket closed, the server broke a rule or did not answer. */
export class JanusGone extends Error {
  constructor() {
    super('The SFU is gone');
  }
}

/** A request was refused; `code` is Janus' number (426: no such room). */
export class JanusRefusal extends Error {
  constructor(readonly code: number) {
    super('The SFU refused a request');
  }
}

export interface JanusReply {
  readonly data: JanusPluginData;
  readonly jsep: JanusSdp | null;
}

export interface JanusHandleEvents {
  /** What the plugin says by itself. */
  onEvent?(data: JanusPluginData): void;
  /** The media connection of this handle, or the handle itself, is over for the server. */
  onHangup(): void;
}

interface Waiting {
  /** A mere acknowledgement is the answer. */
  readonly takesAck: boolean;
  resolve(message: JanusMessage): void;
  reject(error: Error): void;
}

export interface JanusOptions {
  readonly url: string;
  /** Of every request. Read each time: tokens are replaced while a session lasts. */
  token(): string;
  onGone(): void;
}

export class JanusClient {
  readonly #socket: WebSocket;
  readonly #options: JanusOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #handles = new Map<number, JanusHandleEvents>();
  #keepalive: ReturnType<typeof setInterval> | undefined;
  #session: number | null = null;
  #next = 1;
  #isGone = false;

  private constructor(socket: WebSocket, options: JanusOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data);
    socket.onclose = () => this.#end();
    socket.onerror = () => this.#end();
  }

  /** Opens a session. Rejects with JanusGone or JanusRefusal. */
  static async open(options: JanusOptions): Promise<JanusClient> {
    const client = new JanusClient(await openSocket(options.url), options);
    try {
      const { id } = await client.#ask({ janus: 'create' });
      if (id === null) throw new JanusGone();
      client.#session = id;
      client.#keepalive = setInterval(() => void client.#keep(), SFU_KEEPALIVE_MS);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** A handle of the VideoRoom plugin. */
  async attach(events: JanusHandleEvents): Promise<JanusHandle> {
    const { id } = await this.#ask({ janus: 'attach', plugin: PLUGIN });
    if (id === null) throw new JanusGone();
    this.#handles.set(id, events);
    return new JanusHandle({
      request: (body, jsep) => this.#request(id, body, jsep),
      trickle: candidate => this.#post({ janus: 'trickle', handle_id: id, candidate }),
      detach: () => {
        if (this.#handles.delete(id)) this.#post({ janus: 'detach', handle_id: id });
      },
    });
  }

  /** Ends the session at the server, too. Idempotent; `onGone` is not called. */
  close(): void {
    if (!this.#isGone && this.#session !== null) this.#post({ janus: 'destroy' });
    this.#stop();
  }

  async #request(id: number, body: object, jsep: RTCSessionDescriptionInit | null): Promise<JanusReply> {
    const message = await this.#ask({
      janus: 'message',
      handle_id: id,
      body,
      // `e2ee` tells the server that it cannot read these frames; rooms refuse whoever says otherwise.
      ...(jsep !== null && { jsep: { type: jsep.type, sdp: jsep.sdp, e2ee: true } }),
    });
    const { data, jsep: answer } = message;
    if (data === null) throw new JanusGone();
    if (data.errorCode !== null) throw new JanusRefusal(data.errorCode);
    return { data, jsep: answer };
  }

  #ask(request: object, takesAck = false): Promise<JanusMessage> {
    const transaction = String(this.#next++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new JanusGone())), SFU_ANSWER_MS);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(transaction);
        act();
      };
      this.#waiting.set(transaction, {
        takesAck,
        resolve: message => settle(() => resolve(message)),
        reject: error => settle(() => reject(error)),
      });
      if (!this.#post({ ...request, transaction })) settle(() => reject(new JanusGone()));
    });
  }

  /** False when there is nobody to send to. */
  #post(request: object): boolean {
    if (this.#isGone || this.#socket.readyState !== WebSocket.OPEN) return false;
    const session = this.#session === null ? {} : { session_id: this.#session };
    const transaction = String(this.#next++);
    this.#socket.send(JSON.stringify({ transaction, token: this.#options.token(), ...session, ...request }));
    return true;
  }

  /** A server that does not even answer this is gone: its socket may not know yet. */
  async #keep(): Promise<void> {
    await this.#ask({ janus: 'keepalive' }, true).catch(() => this.#end());
  }

  #receive(data: unknown): void {
    const isText = typeof data === 'string' && data.length <= MAX_SFU_MESSAGE_CHARS;
    const message = isText ? readJanusMessage(data) : null;
    if (message === null) return this.#end();
    if (message.janus === 'timeout') return this.#end();
    const waiting = message.transaction === null ? undefined : this.#waiting.get(message.transaction);
    if (message.janus === 'error') return waiting?.reject(new JanusRefusal(message.errorCode ?? 0));
    if (waiting !== undefined) {
      // What the plugin works on is acknowledged first, and answered by an event.
      if (message.janus !== 'ack' || waiting.takesAck) waiting.resolve(message);
      return;
    }
    const events = message.sender === null ? undefined : this.#handles.get(message.sender);
    if (message.janus === 'hangup' || message.janus === 'detached') events?.onHangup();
    else if (message.data !== null) events?.onEvent?.(message.data);
  }

  #end(): void {
    if (this.#isGone) return;
    this.#stop();
    this.#options.onGone();
  }

  #stop(): void {
    this.#isGone = true;
    clearInterval(this.#keepalive);
    this.#socket.close();
    this.#handles.clear();
    for (const { reject } of [...this.#waiting.values()]) reject(new JanusGone());
  }
}

interface HandleWire {
  request(body: object, jsep: RTCSessionDescriptionInit | null): Promise<JanusReply>;
  trickle(candidate: object): void;
  detach(): void;
}

/** One plugin handle: at Janus that is one media connection. */
export class JanusHandle {
  readonly #wire: HandleWire;

  constructor(wire: HandleWire) {
    this.#wire = wire;
  }

  /** Rejects with JanusRefusal or JanusGone. */
  request(body: object, jsep: RTCSessionDescriptionInit | null = null): Promise<JanusReply> {
    return this.#wire.request(body, jsep);
  }

  /** Null ends the candidates. */
  trickle(candidate: RTCIceCandidate | null): void {
    this.#wire.trickle(
      candidate === null
        ? { completed: true }
        : {
            candidate: candidate.candidate,
            sdpMid: candidate.sdpMid,
            sdpMLineIndex: candidate.sdpMLineIndex,
          },
    );
  }

  detach(): void {
    this.#wire.detach();
  }
}

function openSocket(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, 'janus-protocol');
    } catch {
      return reject(new JanusGone()); // the browser refuses the address by itself
    }
    const timer = setTimeout(() => fail(), SFU_ANSWER_MS);
    const fail = (): void => {
      clearTimeout(timer);
      socket.close();
      reject(new JanusGone());
    };
    socket.onerror = fail;
    socket.onclose = fail;
    socket.onopen = () => {
      clearTimeout(timer);
      resolve(socket);
    };
  });
}
