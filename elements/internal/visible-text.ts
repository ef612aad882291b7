/** Shows what does not show: a claim is looked at, not obeyed. */
export function visibleText(claimed: string): string {
  const shown = claimed.slice(0, 200).replace(/[\p{C}\u2028\u2029]/gu, found => {
    return `[U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
  });
  return claimed.length > 200 ? `${shown}…` : shown;
}
