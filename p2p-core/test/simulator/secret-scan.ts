/** Looks for texts and keys in bytes, as an adversary would: plain, UTF-16, hex, and base64 at every alignment. */

const decoder = new TextDecoder('latin1');

function latin1(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

function formsOf(secret: Uint8Array): string[] {
  const buffer = Buffer.from(secret);
  const utf16 = Buffer.from(Uint16Array.from(secret).buffer);
  const base64 = [0, 1, 2].map(shift =>
    Buffer.concat([Buffer.alloc(shift), buffer])
      .toString('base64')
      .slice(4, -4),
  );
  return [latin1(buffer), latin1(utf16), buffer.toString('hex'), ...base64];
}

export class SecretScan {
  #forms: string[] = [];

  add(secret: string | Uint8Array): void {
    this.#forms.push(...formsOf(typeof secret === 'string' ? new TextEncoder().encode(secret) : secret));
  }

  /** Throws when one of the secrets is in there. */
  assertAbsent(hay: readonly Uint8Array[], where: string): void {
    for (const bytes of hay) {
      const text = latin1(bytes);
      if (this.#forms.some(form => text.includes(form)))
        throw new Error(`something secret is readable ${where}`);
    }
  }
}
