/**
 * Messages as people write them, made from a number: 3 to 25 words of a vocabulary of 30,000 that is used as natural
 * language uses its own (Zipf), every tenth in Japanese. The same number gives the same text.
 */
const VOCABULARY = 30_000;
const SYLLABLES = [
  'ka',
  'to',
  'mi',
  're',
  'sol',
  'an',
  'ber',
  'ti',
  'no',
  'lu',
  'es',
  'par',
  'din',
  'ho',
  'wek',
  'ja',
];
const PHRASES = [
  '明日は東京へ行きます',
  '今日は忙しいです',
  'ありがとうございました',
  '写真を送ってください',
  '会議は何時ですか',
];

function wordOf(rank: number): string {
  let [word, rest] = ['', rank + 1];
  for (; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) word += SYLLABLES[rest % SYLLABLES.length];
  return word;
}

/** Message number `seed`. */
export function makeText(seed: number): string {
  let state = (seed + 1) * 2_654_435_761;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  next();
  const words = Array.from({ length: 3 + Math.floor(next() * 23) }, () =>
    // Exponential in the rank: its frequency falls as 1 ÷ rank.
    wordOf(Math.floor(VOCABULARY ** next()) - 1),
  );
  if (seed % 10 === 0) words.push(PHRASES[Math.floor(next() * PHRASES.length)] as string);
  return words.join(' ');
}
