/** A library that we compare with, ready to carry messages from one side to the other. */
export interface Rival {
  readonly name: string;
  /** Whatever `decrypt` takes. */
  encrypt(text: string): Promise<unknown>;
  /** The text again: the benchmark compares it. */
  decrypt(sealed: unknown): Promise<string>;
}
