/**
 * What an export says, part by part and in stream: a line of JSON or some bytes of a file are in memory. Every record
 * is checked before it comes out; whether the whole is right is known at the end alone, when the last byte was
 * authenticated. Who uses a part before that must be able to take it back.
 */
import * as v from 'valibot';
import { P2pError } from '../errors.ts';
import { decodeRecord } from '../storage/record-codec.ts';
import type { ConversationRecord, MessageRecord, ProfileRecord, SettingsRecord } from '../storage/records.ts';
import {
  EXPORT_VERSION,
  type ExportedContact,
  ExportedContactSchema,
  ExportedCursorsSchema,
  type ExportedFile,
  ExportedFileSchema,
  ExportHeadSchema,
  MessageRecordSchema,
  ProfileRecordSchema,
  SettingsRecordSchema,
} from './export-format.ts';
import { readLines } from './lines.ts';
import { type ReadEntry, readTar } from './tar.ts';

export type ExportPart =
  | { readonly kind: 'identity'; readonly profile: ProfileRecord }
  | { readonly kind: 'settings'; readonly settings: SettingsRecord }
  | { readonly kind: 'contact'; readonly contact: ExportedContact }
  /** The messages that follow are of this conversation. */
  | { readonly kind: 'conversation'; readonly contactId: string; readonly cursors: ConversationRecord }
  | { readonly kind: 'message'; readonly message: MessageRecord }
  /** All that follow. */
  | { readonly kind: 'files'; readonly files: readonly ExportedFile[] }
  | { readonly kind: 'file'; readonly file: ExportedFile; readonly bytes: ReadEntry['bytes'] };

type Parts = AsyncGenerator<ExportPart, void, undefined>;

/** Throws P2pError `export-malformed`, `export-newer`, and what the stream fails with. */
export async function* readExport(stream: ReadableStream<Uint8Array>): Parts {
  const files = new Map<string, ExportedFile>();
  let conversation: string | null = null;
  let isHeaded = false;
  for await (const entry of readTar(stream)) {
    const { name } = entry;
    const [folder = '', number = '', page = ''] = name.split('/');
    if (name === 'README.txt') continue;
    if (!isHeaded) {
      await readHead(entry);
      isHeaded = true;
    } else if (name === 'files.jsonl') {
      for await (const file of records(entry, ExportedFileSchema)) files.set(file.entry, file);
      yield { kind: 'files', files: [...files.values()] };
    } else if (folder === 'files') {
      yield filePart(entry, files);
    } else if (folder === 'conversations') {
      if (page === 'cursors.json') conversation = number;
      else if (conversation !== number) throw new P2pError('export-malformed');
      yield* conversationParts(entry, page);
    } else yield* singleParts(entry);
  }
  if (!isHeaded) throw new P2pError('export-malformed');
}

async function readHead(entry: ReadEntry): Promise<void> {
  if (entry.name !== 'export.json') throw new P2pError('export-malformed');
  for await (const { version } of records(entry, ExportHeadSchema)) {
    if (version > EXPORT_VERSION) throw new P2pError('export-newer');
    return;
  }
  throw new P2pError('export-malformed');
}

function filePart(entry: ReadEntry, files: Map<string, ExportedFile>): ExportPart {
  const file = files.get(entry.name);
  files.delete(entry.name);
  if (file === undefined || file.sizeBytes !== entry.sizeBytes) throw new P2pError('export-malformed');
  return { kind: 'file', file, bytes: entry.bytes };
}

async function* conversationParts(entry: ReadEntry, page: string): Parts {
  if (page === 'cursors.json') {
    for await (const { contactId, cursors } of records(entry, ExportedCursorsSchema)) {
      yield { kind: 'conversation', contactId, cursors };
    }
    return;
  }
  for await (const message of records(entry, MessageRecordSchema)) yield { kind: 'message', message };
}

async function* singleParts(entry: ReadEntry): Parts {
  switch (entry.name) {
    case 'identity.json':
      for await (const profile of records(entry, ProfileRecordSchema)) yield { kind: 'identity', profile };
      return;
    case 'settings.json':
      for await (const settings of records(entry, SettingsRecordSchema)) yield { kind: 'settings', settings };
      return;
    case 'contacts.jsonl':
      for await (const contact of records(entry, ExportedContactSchema)) yield { kind: 'contact', contact };
      return;
    default:
      throw new P2pError('export-malformed');
  }
}

async function* records<const S extends v.GenericSchema>(
  entry: ReadEntry,
  schema: S,
): AsyncGenerator<v.InferOutput<S>, void, undefined> {
  for await (const line of readLines(entry.bytes)) yield parseLine(line, schema);
}

function parseLine<const S extends v.GenericSchema>(line: Uint8Array, schema: S): v.InferOutput<S> {
  try {
    return v.parse(schema, decodeRecord(line));
  } catch (cause) {
    throw new P2pError('export-malformed', { cause });
  }
}
