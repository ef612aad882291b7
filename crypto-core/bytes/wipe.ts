/** Overwrites secrets with zeros. The caller owns them and uses them no more. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
