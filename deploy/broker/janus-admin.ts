/** One errand at a Janus server: a session over its WebSocket API, some requests of the VideoRoom plugin, and away. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

const PLUGIN = 'janus.plugin.videoroom';

export interface JanusErrand {
  /** `ws://…` or `wss://…` as the broker reaches it. */
  readonly url: string;
  readonly apiToken: string;
  readonly timeoutMs: number;
}

/** The plugin's answer: `error_code` when it refused. */
export type RoomAnswer = Readonly<Record<string, unknown>>;

/** Sends the requests one after another. Rejects when the server is away, refuses the token, or does not answer. */
export async function askRooms(
  { url, apiToken, timeoutMs }: JanusErrand,
  bodies: readonly object[],
): Promise<readonly RoomAnswer[]> {
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = new WebSocket(url, 'janus-protocol', { perMessageDeflate: false, maxPayload: 65_536 });
  socket.on('error', () => undefined); // whoever waits hears of the close
  try {
    await Promise.race([once(socket, 'open', { signal }), closed(socket)]);
    const ask = async (request: object): Promise<RoomAnswer> => {
      socket.send(JSON.stringify({ transaction: 'errand', token: apiToken, ...request }));
      const [data] = (await Promise.race([once(socket, 'message', { signal }), closed(socket)])) as [Buffer];
      const reply = JSON.parse(String(data)) as RoomAnswer;
      if (reply['janus'] !== 'success') throw new Error('The SFU refused');
      return reply;
    };
    const session = { session_id: idOf(await ask({ janus: 'create' })) };
    const handle = {
      ...session,
      handle_id: idOf(await ask({ janus: 'attach', ...session, plugin: PLUGIN })),
    };
    const answers: RoomAnswer[] = [];
    for (const body of bodies) {
      const { plugindata } = await ask({ janus: 'message', ...handle, body });
      answers.push((plugindata as { readonly data?: RoomAnswer } | undefined)?.data ?? {});
    }
    return answers;
  } finally {
    socket.terminate(); // the session ends with its socket
  }
}

async function closed(socket: WebSocket): Promise<never> {
  await once(socket, 'close');
  throw new Error('The SFU is away');
}

function idOf({ data }: RoomAnswer): unknown {
  return (data as { readonly id?: unknown } | undefined)?.id;
}
