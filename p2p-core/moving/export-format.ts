/**
 * What stands in an export, inside the age file: a tar archive of JSON, one record a line, byte strings as
 * `{"$bytes": base64url}`. Never in it: pair secrets, invites, ratchets, groups, keys of the vault. P2P-MOV-02.
 *
 *     README.txt                       what this is, for who finds it
 *     export.json                      format, version, time, and whether it is everything or one conversation
 *     identity.json, settings.json     only when it is everything
 *     contacts.jsonl
 *     conversations/<n>/cursors.json   whose it is, and who holds what
 *     conversations/<n>/<k>.jsonl      messages, ascending by position
 *     files.jsonl, files/<n>           names, types and sizes; contents
 */
import * as v from 'valibot';
import { MAX_PATH_PARTS } from '../limits.ts';
import {
  ContactRecordSchema,
  ConversationRecordSchema,
  MessageRecordSchema,
  ProfileRecordSchema,
  SettingsRecordSchema,
} from '../storage/records.ts';

export const EXPORT_FORMAT = 'enkrypted-export';
export const EXPORT_VERSION = 1;

/** A newer version may have more in it: it is looked at before the rest is. */
export const ExportHeadSchema = v.object({
  format: v.literal(EXPORT_FORMAT),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
});

/** A contact without what binds two devices. */
export const ExportedContactSchema = v.omit(ContactRecordSchema, [
  'pairSecrets',
  'invite',
  'isPastClosed',
  'notice',
]);
export type ExportedContact = v.InferOutput<typeof ExportedContactSchema>;

export const ExportedCursorsSchema = v.strictObject({
  contactId: v.string(),
  cursors: v.omit(ConversationRecordSchema, ['place', 'deletions']),
});

export const ExportedFileSchema = v.strictObject({
  /** base64url of 16 bytes. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)),
  entry: v.pipe(v.string(), v.regex(/^files\/\d{1,10}$/)),
  name: v.string(),
  mediaType: v.string(),
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  createdAtMs: v.pipe(v.number(), v.finite()),
  /** Names of the folders it is in, from the top. */
  folders: v.optional(v.pipe(v.array(v.string()), v.maxLength(MAX_PATH_PARTS)), []),
  /** Of a folder that is kept as one: path and size of each of its files, in the order of their bytes. Null: one file. */
  entries: v.nullable(
    v.array(
      v.strictObject({
        path: v.string(),
        sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
        mediaType: v.string(),
      }),
    ),
  ),
});
export type ExportedFile = v.InferOutput<typeof ExportedFileSchema>;

export { MessageRecordSchema, ProfileRecordSchema, SettingsRecordSchema };

export const README = `This is an export of Enkrypted, opened with age (age-encryption.org).

export.json       when it was made, and of what
identity.json     the secret keys of this person: who has them can pretend to be this person
contacts.jsonl    people, one a line
conversations/    for each: cursors.json (whose it is), and messages, one a line, in order
files.jsonl       names of files; their contents are in files/

Times are milliseconds since 1970. {"$bytes": "..."} is a byte string in base64url.
To use it again, import the encrypted file in the app's settings.
`;
