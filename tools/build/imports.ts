/** Which specifiers a built module still imports, read from its syntax tree and not from the builder's word. */
import { parseAst } from 'vite';

interface Node {
  readonly type: string;
  readonly source?: Node | null;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly cooked?: string } }[];
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
]);

/** Stands for an `import()` of something that is not a constant string. */
export const computedImport = '(computed)';

/** Static imports and, unless `staticOnly`, dynamic ones, sorted. */
export function importsOf(code: string, { staticOnly = false } = {}): string[] {
  const found = new Set<string>();
  visit(parseAst(code), node => {
    if (!importing.has(node.type) || !node.source) return;
    if (staticOnly && node.type === 'ImportExpression') return;
    found.add(constantText(node.source) ?? computedImport);
  });
  return [...found].sort();
}

/** A string, or a template without expressions, as minifiers write it. */
function constantText({ value, quasis }: Node): string | undefined {
  if (typeof value === 'string') return value;
  return quasis?.length === 1 ? quasis[0]?.value.cooked : undefined;
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
  } else if (typeof value === 'object' && value !== null) {
    if ('type' in value && typeof value.type === 'string') see(value as Node);
    for (const child of Object.values(value)) visit(child, see);
  }
}
