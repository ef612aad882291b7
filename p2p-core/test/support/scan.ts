/** Looks for text in bytes as an adversary would: UTF-8, UTF-16 and base64 at every alignment. */
import { openDB } from 'idb';

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function needles(secret: Uint8Array): string[] {
  const plain = latin1(secret);
  const utf16 = latin1(new Uint8Array(Uint16Array.from(secret).buffer));
  const base64 = [0, 1, 2].map(shift => btoa('\0'.repeat(shift) + plain).slice(4, -4));
  const hex = Array.from(secret, byte => byte.toString(16).padStart(2, '0')).join('');
  return [plain, utf16, ...base64, hex];
}

/** Which of the secrets occur in any of the byte strings. */
export function findSecrets(
  hay: readonly Uint8Array[],
  secrets: readonly (string | Uint8Array)[],
): unknown[] {
  const texts = hay.map(latin1);
  return secrets.filter(secret => {
    const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
    return needles(bytes).some(needle => texts.some(text => text.includes(needle)));
  });
}

/** Every key and value of a database, as bytes, read through the IndexedDB API. */
export async function dumpDatabase(name: string): Promise<Uint8Array[]> {
  const db = await openDB(name);
  const found: Uint8Array[] = [];
  for (const store of db.objectStoreNames) {
    const items: unknown[] = [...(await db.getAllKeys(store)), ...(await db.getAll(store))];
    found.push(...items.map(toBytes));
  }
  db.close();
  return found;
}

function toBytes(item: unknown): Uint8Array {
  if (item instanceof Uint8Array) return item;
  if (item instanceof ArrayBuffer) return new Uint8Array(item);
  return new TextEncoder().encode(JSON.stringify(item) ?? '');
}
