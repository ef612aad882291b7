/** People and messages for the states: plain, believable, in several scripts. */
import type {
  ConnectionView,
  ContactId,
  ContactView,
  MessageId,
  MessageView,
  PeerId,
  Verification,
} from '@enk/context';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A key-like byte string; the same seed gives the same picture. */
export function keyOf(seed: number): Uint8Array {
  let state = seed * 2_654_435_761;
  return Uint8Array.from({ length: 32 }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return state >>> 24;
  });
}

export function peerIdOf(seed: number): PeerId {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return [...keyOf(seed + 99).subarray(0, 26)].map(byte => alphabet[byte % 32]).join('') as PeerId;
}

export function contactIdOf(name: string): ContactId {
  return `contact-${name}` as ContactId;
}

export interface PersonOptions extends Partial<Omit<ContactView, 'id' | 'name' | 'peerId'>> {
  readonly seed: number;
}

export function person(name: string, options: PersonOptions): ContactView {
  const { seed, ...view } = options;
  return {
    id: contactIdOf(name),
    name,
    peerId: peerIdOf(seed),
    identityKey: keyOf(seed),
    verification: 'verified-by-invite' satisfies Verification,
    connection: { kind: 'ready', sinceMs: 0 } satisfies ConnectionView,
    notice: null,
    isBlocked: false,
    isTyping: false,
    unreadCount: 0,
    pendingCount: 0,
    lastMessage: null,
    timer: null,
    createdAtMs: 0,
    ...view,
  };
}

/** `[mine, minutes ago, text, state?]` */
export type Line = readonly [boolean, number, string, MessageView['state']?];

export function talk(contactId: ContactId, lines: readonly Line[], nowMs = Date.now()): MessageView[] {
  return lines.map(([isMine, minutesAgo, text, state], position) => ({
    id: `${contactId}-${position}` as MessageId,
    contactId,
    position,
    kind: 'text',
    timer: null,
    vanishesAtMs: null,
    isMine,
    text,
    sentAtMs: nowMs - minutesAgo * MINUTE_MS,
    state: state ?? (isMine ? 'delivered' : 'received'),
  }));
}

const DAY = 24 * 60;

const HOUR_MS_TIMER = { startsAt: 'reading', lifetimeMs: HOUR_MS } as const;

/** A talk with timers, lines about them and what was deleted. */
export function timedTalk(contactId: ContactId, nowMs = Date.now()): MessageView[] {
  const lines: readonly (readonly [minutesAgo: number, Partial<MessageView>])[] = [
    [90, { text: 'Here is the code for the door.' }],
    [88, { kind: 'deleted', isMine: true }],
    [86, { kind: 'timer', isMine: true, timer: HOUR_MS_TIMER }],
    [
      40,
      {
        isMine: true,
        text: 'Key is under the third pot.',
        timer: HOUR_MS_TIMER,
        vanishesAtMs: nowMs + 20 * MINUTE_MS,
      },
    ],
    [35, { text: 'Found it, thank you!', timer: HOUR_MS_TIMER, vanishesAtMs: nowMs + 30_000 }],
    [34, { kind: 'deleted' }],
    [30, { kind: 'timer', timer: { startsAt: 'sending', lifetimeMs: 7 * DAY_MS } }],
    [
      12,
      {
        text: 'So that we still find the address.',
        timer: { startsAt: 'sending', lifetimeMs: 7 * DAY_MS },
        vanishesAtMs: nowMs + 7 * DAY_MS - 12 * MINUTE_MS,
      },
    ],
    [
      5,
      {
        isMine: true,
        text: 'Good idea',
        state: 'queued',
        timer: { startsAt: 'reading', lifetimeMs: HOUR_MS },
      },
    ],
  ];
  return lines.map(([minutesAgo, change], position) => ({
    id: `${contactId}-${position}` as MessageId,
    contactId,
    position,
    kind: 'text',
    isMine: false,
    text: '',
    timer: null,
    vanishesAtMs: null,
    sentAtMs: nowMs - minutesAgo * MINUTE_MS,
    state: change.isMine ? 'delivered' : 'received',
    ...change,
  }));
}

/** An ordinary week with a friend. */
export const ANA_LINES: readonly Line[] = [
  [false, 2 * DAY + 74, 'Hey, are we still on for Saturday?'],
  [true, 2 * DAY + 70, 'Yes! The early train leaves at 7:12, platform 4.', 'read'],
  [true, 2 * DAY + 70, 'I can bring coffee.', 'read'],
  [false, 2 * DAY + 66, 'You are a saint ☕'],
  [false, DAY + 310, 'Found the map of the trail: https://example.org/trails/ridge-loop'],
  [
    false,
    DAY + 309,
    'It is about 14 km with one steep part in the middle. If the weather turns we can cut it short at the lake and take the bus back.',
  ],
  [true, DAY + 295, 'Perfect. I will check the forecast in the morning.', 'read'],
  [true, DAY + 294, '👍', 'read'],
  [false, 48, 'Forecast says sun until four'],
  [false, 47, 'So no excuses 😄'],
  [true, 41, 'None needed. Sandwiches or the hut?', 'delivered'],
  [false, 39, 'The hut. They have that plum cake.'],
  [
    true,
    6,
    'Then it is settled.\nSee you at the station at seven, I will be the one with two cups.',
    'delivered',
  ],
];

/** Many scripts, both directions, and strings that try to be more than text. */
export const HOSTILE_LINES: readonly Line[] = [
  [false, 30, '<img src=x onerror="alert(1)"><script>alert(2)</script>'],
  [true, 29, 'مرحبا! كيف حالك اليوم؟ نلتقي في الساعة 7:30 عند المحطة.', 'read'],
  [false, 28, 'שלום, הקובץ נמצא ב-C:\\docs\\report.txt ואפשר לפתוח אותו'],
  [false, 27, 'user\u202egpj.exe is not a picture'],
  [true, 26, '${constructor.constructor("alert(1)")()} {{7*7}} &lt;b&gt;', 'delivered'],
  [false, 25, 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞'],
  [
    false,
    24,
    'https://bank.example@evil.example/login and https://xn--pple-43d.example and https://аpple.example',
  ],
  [true, 23, '日本語のメッセージです。長い文章でも折り返して表示されるはずです。', 'sent'],
  [false, 22, 'a'.repeat(180)],
  [true, 20, 'नमस्ते, कल मिलते हैं। 안녕하세요 Γειά σου Привет สวัสดี', 'queued'],
];
