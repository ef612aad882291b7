/**
 * What leaves the device as a file is sealed in the age format, v1 (age-encryption.org/v1): any program that knows it
 * opens the file with the passphrase or key, without ours. In stream, 64 KiB at a time.
 *
 * A passphrase goes through scrypt with N = 2^16, r = 8, p = 1: 64 MiB, as the vault's Argon2id. age's own default of
 * 2^18 takes 256 MiB, which a phone does not give to one tab.
 */
import { Decrypter, Encrypter } from 'age-encryption';
import { P2pError } from '../errors.ts';
import type { ExportKey, ExportSecret } from '../worker/api.ts';

const SCRYPT_LOG_N = 16;
/** Shortest passphrase that is taken: whoever has the file may try for ever. */
const MIN_PASSPHRASE_LENGTH = 10;

/** The sealed stream. Throws P2pError `passphrase-too-short` below 10 characters, `recipient-invalid`. */
export async function sealExport(
  plaintext: ReadableStream<Uint8Array>,
  key: ExportKey,
): Promise<ReadableStream<Uint8Array>> {
  const encrypter = new Encrypter();
  if (key.kind === 'passphrase') {
    if (key.passphrase.length < MIN_PASSPHRASE_LENGTH) throw new P2pError('passphrase-too-short');
    encrypter.setPassphrase(key.passphrase.normalize('NFKC'));
    encrypter.setScryptWorkFactor(SCRYPT_LOG_N);
  } else {
    try {
      encrypter.addRecipient(key.recipient.trim());
    } catch (cause) {
      throw new P2pError('recipient-invalid', { cause });
    }
  }
  return encrypter.encrypt(plaintext);
}

/**
 * The plaintext. Throws P2pError `export-locked` for another secret; the stream fails with `export-malformed` where the file was
 * changed, and at its end when it was cut off: what came before is not to be trusted as a whole.
 */
export async function openExport(
  sealed: ReadableStream<Uint8Array>,
  secret: ExportSecret,
): Promise<ReadableStream<Uint8Array>> {
  const decrypter = new Decrypter();
  try {
    if (secret.kind === 'passphrase') decrypter.addPassphrase(secret.passphrase.normalize('NFKC'));
    else decrypter.addIdentity(secret.identity.trim());
    return failingAsCorrupt(await decrypter.decrypt(sealed));
  } catch (cause) {
    throw new P2pError('export-locked', { cause });
  }
}

function failingAsCorrupt(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (cause) {
          controller.error(new P2pError('export-malformed', { cause }));
        }
      },
      cancel: reason => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
