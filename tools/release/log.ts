/**
 * `releases.log`: one line a release, each with the hash of the line before, only ever appended to. Who has seen one
 * line can tell whether anything before it was changed; a mirror of the repository is a witness.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@enk/release-manifest';

export interface LogEntry {
  readonly seq: number;
  readonly version: string;
  /** Hash of release.json. */
  readonly release: string;
  /** `sha384-…` of the line before without its line feed; null in the first line. */
  readonly before: string | null;
}

export type NewEntry = Omit<LogEntry, 'before'>;

const hashLine = (line: string) => `sha384-${createHash('sha384').update(line).digest('base64')}`;

function readLine(line: string, number: number): LogEntry {
  const fail = (): never => {
    throw new Error(`Line ${number} of the release log is malformed.`);
  };
  try {
    const entry = JSON.parse(line) as LogEntry;
    const { seq, version, release, before } = entry;
    return canonicalJson({ seq, version, release, before }) === line ? entry : fail();
  } catch {
    return fail();
  }
}

/** All entries; throws at the first line that does not follow from the one before. */
export function readLog(text: string): readonly LogEntry[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('The last line of the release log is cut off.');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, i) => {
    const entry = readLine(line, i + 1);
    const before = i === 0 ? null : hashLine(lines[i - 1] ?? '');
    if (entry.before !== before) throw new Error(`Line ${i + 1} of the release log breaks the chain.`);
    if (entry.seq !== i + 1) throw new Error(`Line ${i + 1} of the release log has number ${entry.seq}.`);
    return entry;
  });
}

/** The log with one entry more; throws when `text` is broken or the number is not the next one. */
export function appendToLog(text: string, { seq, version, release }: NewEntry): string {
  const entries = readLog(text);
  if (seq !== entries.length + 1) throw new Error(`Release ${seq} does not follow ${entries.length}.`);
  const last = text.split('\n').at(-2);
  const before = last === undefined ? null : hashLine(last);
  return `${text}${canonicalJson({ seq, version, release, before })}\n`;
}
