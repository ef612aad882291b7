/** What the fuzzer counts, and the table it prints. */
import { CryptoCoreError } from '../../errors.ts';
import type { CryptoCoreErrorCode } from '../../errors.ts';

/** What became of one input. Anything else is a failure and is thrown. */
export interface Verdict {
  /** The layer or parser that refused. */
  readonly rejectedBy: string;
  /** Every layer or parser whose code ran on the input. */
  readonly reached: readonly string[];
  /** Which mutation it was, with its place: `mls: sender data extended`. */
  readonly mutation: string;
  /**
   * `rejected` at once; `canonical`: a parser took it, and encodes it to the very same bytes; `bound`: a peer may
   * choose such a value (a KEM ciphertext, a rotation key), and the keys that follow from it open nothing of the
   * unchanged sender's.
   */
  readonly outcome: 'rejected' | 'canonical' | 'bound';
}

/** One line of the table. */
export interface TallyLine {
  reached: number;
  rejected: number;
  canonical: number;
  bound: number;
}

/** Counts that can be written down, read again and added up. */
export interface TallyRecord {
  readonly inputs: number;
  readonly lines: Readonly<Record<string, TallyLine>>;
  readonly mutations: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

export class Tally {
  #inputs = 0;
  #slowestMs = 0;
  readonly #lines = new Map<string, TallyLine>();
  readonly #mutations = new Map<string, number>();

  add(verdict: Verdict, tookMs: number): void {
    this.#inputs++;
    this.#slowestMs = Math.max(this.#slowestMs, tookMs);
    for (const place of verdict.reached) this.#line(place).reached++;
    this.#line(verdict.rejectedBy)[verdict.outcome]++;
    this.#mutations.set(verdict.mutation, (this.#mutations.get(verdict.mutation) ?? 0) + 1);
  }

  merge(record: TallyRecord): void {
    this.#inputs += record.inputs;
    this.#slowestMs = Math.max(this.#slowestMs, record.slowestMs);
    for (const [place, line] of Object.entries(record.lines)) {
      const own = this.#line(place);
      for (const key of ['reached', 'rejected', 'canonical', 'bound'] as const) own[key] += line[key];
    }
    for (const [mutation, count] of Object.entries(record.mutations)) {
      this.#mutations.set(mutation, (this.#mutations.get(mutation) ?? 0) + count);
    }
  }

  get record(): TallyRecord {
    return {
      inputs: this.#inputs,
      slowestMs: this.#slowestMs,
      lines: Object.fromEntries([...this.#lines].sort(([a], [b]) => a.localeCompare(b))),
      mutations: Object.fromEntries([...this.#mutations].sort(([a], [b]) => a.localeCompare(b))),
    };
  }

  /** A Markdown table. */
  get table(): string {
    const { lines } = this.record;
    const rows = Object.entries(lines).map(([place, { reached, rejected, canonical, bound }]) =>
      [place, reached, rejected, bound, canonical].join(' | '),
    );
    const head = ['Layer or parser', 'reached', 'rejected here', 'refused one frame later', 'canonical'].join(
      ' | ',
    );
    return [`| ${head} |`, '| --- | ---: | ---: | ---: | ---: |', ...rows.map(row => `| ${row} |`)].join(
      '\n',
    );
  }

  #line(place: string): TallyLine {
    let line = this.#lines.get(place);
    if (line === undefined) {
      line = { reached: 0, rejected: 0, canonical: 0, bound: 0 };
      this.#lines.set(place, line);
    }
    return line;
  }
}

/** What a fuzzed input must never do. The message says which; `input` is for replaying. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';

  constructor(
    message: string,
    readonly input: Uint8Array | null = null,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Throws unless `error` is a typed rejection with one of these codes that holds nothing of `input`. */
export function expectTyped(
  error: unknown,
  codes: readonly CryptoCoreErrorCode[],
  input: Uint8Array | null,
): void {
  if (error instanceof FuzzFailure) throw error;
  if (!(error instanceof CryptoCoreError)) throw new FuzzFailure('untyped error', input, { cause: error });
  if (!codes.includes(error.code)) throw new FuzzFailure(`code ${error.code}`, input, { cause: error });
  expectConstantTexts(error, input);
}

/** A text for each kind of defect is fine; more than this means that texts hold what was given. */
const MAX_CAUSE_TEXTS = 400;
const MAX_TEXT_LENGTH = 200;
/** Hex of 8 bytes, or a base64 word of 15. */
const BYTES_IN_TEXT = /[0-9a-f]{16,}|(?=[A-Za-z+/_-]*[0-9])[A-Za-z0-9+/_-]{20,}/;
const SUITE_NAME = /MLS_[0-9]+_[A-Za-z0-9_]+/g;

const topTexts = new Map<CryptoCoreErrorCode, string>();
const causeTexts = new Set<string>();

/** One text for each code; and causes, which only developers see, hold neither secrets nor the peer's bytes. */
function expectConstantTexts(error: CryptoCoreError, input: Uint8Array | null): void {
  const known = topTexts.get(error.code) ?? error.message;
  topTexts.set(error.code, known);
  if (error.message !== known) throw new FuzzFailure('error text varies', input, { cause: error });
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    const text = cause.message
      .replace(SUITE_NAME, 'suite')
      .replace(/[0-9]+/g, digits => (digits.length < 12 ? '#' : digits));
    causeTexts.add(text);
    const isVarying = causeTexts.size > MAX_CAUSE_TEXTS || text.length > MAX_TEXT_LENGTH;
    if (isVarying || BYTES_IN_TEXT.test(text)) {
      throw new FuzzFailure('bytes in the text of a cause', input, { cause });
    }
  }
}
