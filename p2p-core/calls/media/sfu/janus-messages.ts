/** What a Janus server says, read strictly: of each message only what a call uses, in bounds. Never throws. */
import { MAX_CALL_SDP_CHARS } from '../../../limits.ts';

export interface JanusSdp {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** Somebody who publishes in the room. */
export interface JanusFeed {
  /** The server's name for it, new at each join. */
  readonly id: string;
  /** What the publisher calls itself; anyone can say anything here. */
  readonly tag: string;
}

export interface JanusPluginData {
  readonly errorCode: number | null;
  /** Publishers that are there, or have come. */
  readonly feeds: readonly JanusFeed[];
  /** A publisher that has gone. */
  readonly goneFeed: string | null;
  /** The room ended. */
  readonly isDestroyed: boolean;
}

export interface JanusMessage {
  readonly janus: string;
  readonly transaction: string | null;
  /** The handle that it is about. */
  readonly sender: number | null;
  /** Of what was made: a session or a handle. */
  readonly id: number | null;
  readonly errorCode: number | null;
  readonly data: JanusPluginData | null;
  readonly jsep: JanusSdp | null;
}

const MAX_FEEDS = 64;
const FEED_ID = /^[A-Za-z0-9-]{1,64}$/;
const TAG = /^[A-Za-z0-9_-]{22}$/;

type Json = Readonly<Record<string, unknown>>;

/** Null for anything that is no message of a Janus server. */
export function readJanusMessage(text: string): JanusMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // hostile or broken: no message in either case
  }
  if (!isJson(value) || typeof value['janus'] !== 'string') return null;
  const { janus, transaction, sender, data, error, plugindata, jsep } = value;
  return {
    janus,
    transaction: typeof transaction === 'string' ? transaction : null,
    sender: readId(sender),
    id: isJson(data) ? readId(data['id']) : null,
    errorCode: isJson(error) ? readId(error['code']) : null,
    data: isJson(plugindata) && isJson(plugindata['data']) ? readPluginData(plugindata['data']) : null,
    jsep: isJson(jsep) ? readSdp(jsep) : null,
  };
}

function readPluginData(data: Json): JanusPluginData {
  const { publishers, leaving, unpublished, error_code, videoroom } = data;
  const feeds = Array.isArray(publishers) ? (publishers as unknown[]).slice(0, MAX_FEEDS).map(readFeed) : [];
  const gone = [leaving, unpublished].find(id => typeof id === 'string' && FEED_ID.test(id));
  return {
    errorCode: readId(error_code),
    feeds: feeds.filter(feed => feed !== null),
    goneFeed: (gone as string | undefined) ?? null,
    isDestroyed: videoroom === 'destroyed',
  };
}

/** Publishers whose name is none of ours are nobody. */
function readFeed(value: unknown): JanusFeed | null {
  if (!isJson(value)) return null;
  const { id, display } = value;
  if (typeof id !== 'string' || !FEED_ID.test(id)) return null;
  return typeof display === 'string' && TAG.test(display) ? { id, tag: display } : null;
}

function readSdp({ type, sdp }: Json): JanusSdp | null {
  const isSdp = typeof sdp === 'string' && sdp.length <= MAX_CALL_SDP_CHARS;
  return isSdp && (type === 'offer' || type === 'answer') ? { type, sdp } : null;
}

function readId(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
