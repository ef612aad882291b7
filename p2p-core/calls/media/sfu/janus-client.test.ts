/** What a server could say that a real Janus does not: over a scripted socket. The rest is tried against the real one. */
import { expect } from '@esm-bundle/chai';
import { MAX_SFU_MESSAGE_CHARS } from '../../../limits.ts';
import { JanusClient, JanusGone, type JanusHandle, JanusRefusal } from './janus-client.ts';
import { readJanusMessage } from './janus-messages.ts';

type Request = Readonly<Record<string, unknown>>;

const real = globalThis.WebSocket;

class ScriptedSocket {
  static readonly OPEN = 1;
  static script: (request: Request) => readonly (object | string)[] = () => [];
  static last: ScriptedSocket;
  readonly readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    ScriptedSocket.last = this;
    queueMicrotask(() => this.onopen?.());
  }

  send(text: string): void {
    const request = JSON.parse(text) as Request;
    for (const reply of ScriptedSocket.script(request)) {
      queueMicrotask(() =>
        this.say(typeof reply === 'string' ? reply : { transaction: request['transaction'], ...reply }),
      );
    }
  }

  say(reply: object | string): void {
    this.onmessage?.({ data: typeof reply === 'string' ? reply : JSON.stringify(reply) });
  }

  close(): void {
    this.isClosed = true;
  }
}

const GOOD = (request: Request): readonly object[] => {
  if (request['janus'] === 'create') return [{ janus: 'success', data: { id: 7 } }];
  if (request['janus'] === 'attach') return [{ janus: 'success', data: { id: 8 } }];
  if (request['janus'] !== 'message') return [{ janus: 'ack' }];
  return [
    { janus: 'ack' },
    { janus: 'event', sender: 8, plugindata: { data: { videoroom: 'joined', publishers: [] } } },
  ];
};

describe('a session with an SFU', () => {
  let gone: number;
  before(() => void Object.assign(globalThis, { WebSocket: ScriptedSocket }));
  after(() => void Object.assign(globalThis, { WebSocket: real }));
  beforeEach(() => {
    gone = 0;
    ScriptedSocket.script = GOOD;
  });

  const open = (): Promise<JanusClient> =>
    JanusClient.open({ url: 'wss://sfu.example/', token: () => 'token', onGone: () => (gone += 1) });
  const rejection = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => null,
      (error: unknown) => error,
    );

  async function attached(onHangup = (): void => undefined): Promise<JanusHandle> {
    return (await open()).attach({ onHangup });
  }

  it('P2P-CAL-33: an event answers, an acknowledgement does not; every request carries the token', async () => {
    const requests: Request[] = [];
    ScriptedSocket.script = request => {
      requests.push(request);
      return GOOD(request);
    };
    const { data } = await (await attached()).request({ request: 'join' });
    expect(data.feeds).to.deep.equal([]);
    expect(requests.map(({ token }) => token)).to.deep.equal(['token', 'token', 'token']);
    expect(ScriptedSocket.last.protocol).to.equal('janus-protocol');
  });

  it('P2P-CAL-33: a refusal is one request’s, with its number', async () => {
    ScriptedSocket.script = request =>
      request['janus'] === 'message'
        ? [{ janus: 'event', sender: 8, plugindata: { data: { error_code: 426, error: 'No such room' } } }]
        : GOOD(request);
    const handle = await attached();
    const error = await rejection(handle.request({ request: 'join' }));
    expect(error).to.be.instanceOf(JanusRefusal);
    expect((error as JanusRefusal).code).to.equal(426);
    expect(gone).to.equal(0);
  });

  it('P2P-CAL-33: what is no message of a server, too long, or an end of the session, ends it', async () => {
    const large = JSON.stringify({ janus: 'event', x: 'x'.repeat(MAX_SFU_MESSAGE_CHARS) });
    for (const said of ['no JSON', '[]', '7', '{"janus":1}', large, '{"janus":"timeout"}']) {
      gone = 0;
      const handle = await attached();
      ScriptedSocket.script = () => [];
      const asked = rejection(handle.request({ request: 'join' }));
      ScriptedSocket.last.say(said);
      expect(await asked, said.slice(0, 20)).to.be.instanceOf(JanusGone);
      expect([gone, ScriptedSocket.last.isClosed]).to.deep.equal([1, true]);
      ScriptedSocket.script = GOOD;
    }
  });

  it('P2P-CAL-33: a session without a number is none', async () => {
    ScriptedSocket.script = () => [{ janus: 'success', data: { id: 'x' } }];
    expect(await rejection(open())).to.be.instanceOf(JanusGone);
  });

  it('P2P-CAL-34: a hang-up concerns its handle alone', async () => {
    let hungUp = 0;
    await attached(() => (hungUp += 1));
    ScriptedSocket.last.say({ janus: 'hangup', sender: 9 });
    expect(hungUp).to.equal(0);
    ScriptedSocket.last.say({ janus: 'hangup', sender: 8 });
    expect([hungUp, gone]).to.deep.equal([1, 0]);
  });

  it('P2P-CAL-33: of a message only what a call uses is read, in bounds', () => {
    const feeds = (publishers: unknown): unknown =>
      readJanusMessage(JSON.stringify({ janus: 'event', plugindata: { data: { publishers } } }))?.data?.feeds;
    const tag = 'A'.repeat(22);
    expect(feeds([{ id: 'f-1', display: tag, streams: [] }])).to.deep.equal([{ id: 'f-1', tag }]);
    const strangers = [
      { id: 1, display: tag },
      { id: 'f', display: 'Anna' },
      { id: '<b>', display: tag },
      null,
      'x',
    ];
    expect(feeds(strangers)).to.deep.equal([]);
    expect(feeds({ length: 3 })).to.deep.equal([]);
    expect((feeds(Array(1_000).fill({ id: 'f', display: tag })) as unknown[]).length).to.equal(64);
    const sdp = (jsep: unknown): unknown => readJanusMessage(JSON.stringify({ janus: 'event', jsep }))?.jsep;
    expect(sdp({ type: 'offer', sdp: 'v=0' })).to.deep.equal({ type: 'offer', sdp: 'v=0' });
    for (const jsep of [
      { type: 'rollback', sdp: '' },
      { type: 'offer' },
      { type: 'offer', sdp: 'x'.repeat(40_000) },
    ]) {
      expect(sdp(jsep)).to.equal(null);
    }
  });
});
