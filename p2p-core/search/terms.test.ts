import { expect } from '@esm-bundle/chai';
import { findMatches, fold, parseQuery, termsOf } from './terms.ts';

/** What of the text is marked, or null when it does not match. */
function marked(text: string, query: string): string[] | null {
  const parsed = parseQuery(query);
  if (parsed === null) return null;
  return findMatches(text, parsed)?.map(([start, end]) => text.slice(start, end)) ?? null;
}

/** A match must also be found by its terms: each prefix begins a term of the text. */
function isCandidate(text: string, query: string): boolean {
  const terms = [...termsOf(text)];
  return parseQuery(query)?.prefixes.every(prefix => terms.some(term => term.startsWith(prefix))) ?? false;
}

const FOUND: readonly (readonly [text: string, query: string, marks: readonly string[]])[] = [
  ['Meet me at the Café, 8 o’clock', 'cafe', ['Café']],
  ['Meet me at the cafe', 'CAFÉ', ['cafe']],
  ['decomposed Cafe\u0301', 'café', ['Cafe\u0301']],
  ['Die Straße ist gesperrt', 'STRASSE', ['Straße']],
  ['İstanbul ve Iğdır', 'istanbul', ['İstanbul']],
  ['ΟΔΟΣ ΕΡΜΟΥ', 'οδος', ['ΟΔΟΣ']],
  ['οδός Ερμού', 'ΟΔΟΣ ερμ', ['οδός', 'Ερμού']],
  ['Жёлтый подъезд', 'желт', ['Жёлтый']],
  ['שָׁלוֹם עולם', 'שלום', ['שָׁלוֹם']],
  ['مُحَمَّد يكتب', 'محمد', ['مُحَمَّد']],
  ['नमस्ते दुनिया', 'नमस्ते', ['नमस्ते']],
  ['안녕하세요 여러분', '안녕', ['안녕하세요']],
  ['明日は東京都へ行きます', '東京', ['東京']],
  ['明日は東京都へ行きます', '京都', ['京都']],
  ['明日は東京都へ行きます', '都', ['都']],
  ['我们在北京大学学习', '大学', ['大学']],
  ['我们在北京大学学习', '北京 学习', ['北京', '学习']],
  ['ｶﾀｶﾅ と カタカナ', 'カタカナ', ['ｶﾀｶﾅ', 'カタカナ']],
  ['สวัสดีครับ ผมชื่อสมชาย', 'ชื่อ', ['ชื่อ']],
  ['ဘာသာစကား', 'စကား', ['စကား']],
  ['all good 👍🏽 see you', '👍', ['👍']],
  ['it’s 3.14 exactly', '3.14', ['3', '14']],
  ['under_score and semi;colon', 'score', ['score']],
];

describe('terms', () => {
  for (const [text, query, marks] of FOUND) {
    it(`P2P-SRC-01: “${query}” is found in “${text}”`, () => {
      expect(marked(text, query)).to.deep.equal(marks);
      expect(isCandidate(text, query), 'by its terms').to.equal(true);
    });
  }

  it('P2P-SRC-01: a word is found by its beginning, all words are needed, in any order', () => {
    expect(marked('hello wide world', 'wor hel')).to.deep.equal(['hello', 'world']);
    expect(marked('hello wide world', 'hello mars')).to.equal(null);
    expect(marked('hello wide world', 'orld')).to.equal(null);
  });

  it('P2P-SRC-01: letters that are letters of their own stay apart', () => {
    expect(fold('か')).to.not.equal(fold('が'));
    expect(fold('कि')).to.not.equal(fold('क'));
    expect(marked('がくせい', 'かくせい')).to.equal(null);
    expect(marked('东京', '京东')).to.equal(null);
  });

  it('P2P-SRC-01: nothing to look for is no query', () => {
    for (const text of ['', '   ', '…—!?', '\u0301']) expect(parseQuery(text), text).to.equal(null);
    expect([...termsOf('… — !')]).to.deep.equal([]);
  });

  it('P2P-SRC-01: a word of any length has one term, and is found by it', () => {
    const long = 'ab'.repeat(5_000);
    expect([...termsOf(long)][0]).to.have.length(64);
    expect(marked(`x ${long}`, long)).to.deep.equal([long]);
    expect(marked(`x ${long}`, `${long}c`)).to.equal(null);
    expect(isCandidate(long, long)).to.equal(true);
  });
});
