/** The page's own import map, and which modules its elements need. */

/** An import map with integrity, as it stands inline in the page. */
export interface PageMap {
  readonly imports: Readonly<Record<string, string>>;
  readonly integrity: Readonly<Record<string, string>>;
}

/** Reads the first inline import map; an absent or broken one is an empty map, with which nothing loads. */
export function readPageMap(document: ParentNode): PageMap {
  const text = document.querySelector('script[type=importmap]')?.textContent ?? '{}';
  try {
    return { imports: {}, integrity: {}, ...(JSON.parse(text) as Partial<PageMap>) };
  } catch {
    return { imports: {}, integrity: {} }; // the browser has refused it as well, and told the console why
  }
}

/** `enk-chat` → `@enk/chat`, for each `enk-*` element present whose module the map has; each once. */
export function specifiersOnPage(
  document: ParentNode,
  map: Pick<PageMap, 'imports'>,
  withShell: boolean,
): string[] {
  const specifiers = new Set<string>(withShell ? ['@enk/shell'] : []);
  for (const { localName } of document.querySelectorAll('*')) {
    const specifier = localName.replace(/^enk-/, '@enk/');
    if (specifier !== localName && specifier in map.imports) specifiers.add(specifier);
  }
  return [...specifiers];
}
