/**
 * Vendor libraries: all specifiers of one group that anything imports become one ES module. Where two
 * specifiers export different things under one name, each gets a file of its own.
 */
import { bundle, type Bundle } from './bundle.ts';
import { hasKey, vendorGroupOf, vendorGroups } from './module-table.ts';

export interface VendorFile {
  readonly name: string;
  readonly specifiers: readonly string[];
  readonly bundle: Bundle;
}

/** Builds every vendor file that `wanted` needs, and what those need in turn. */
export async function bundleVendors(wanted: Iterable<string>): Promise<VendorFile[]> {
  const specifiers = new Set<string>(wanted);
  const built = new Map<string, { key: string; files: VendorFile[] }>();
  for (;;) {
    const due = Object.keys(vendorGroups).filter(group => {
      const key = specifiersOf(group, specifiers).join();
      return key !== '' && built.get(group)?.key !== key;
    });
    if (due.length === 0) return [...built.values()].flatMap(({ files }) => files);
    for (const group of due) {
      const own = specifiersOf(group, specifiers);
      const files = await bundleGroup(group, own);
      built.set(group, { key: own.join(), files });
      for (const file of files) for (const imported of file.bundle.imports) specifiers.add(imported);
    }
  }
}

function specifiersOf(group: string, specifiers: ReadonlySet<string>): string[] {
  return [...specifiers].filter(specifier => vendorGroupOf(specifier) === group).sort();
}

async function bundleGroup(group: string, specifiers: readonly string[]): Promise<VendorFile[]> {
  const together = await tryTogether(group, specifiers);
  if (together) return [{ name: group, specifiers, bundle: together }];
  const files: VendorFile[] = [];
  for (const specifier of specifiers) {
    const alone = await tryTogether(group, [specifier]);
    if (!alone) throw new Error(`${specifier} cannot be vendored: its exports are ambiguous.`);
    files.push({ name: fileName(group, specifier), specifiers: [specifier], bundle: alone });
  }
  return files;
}

function fileName(group: string, specifier: string): string {
  const own = specifier.replace(/^@/, '').replaceAll(/[^a-z0-9]+/gi, '-');
  return own.replace(/-js$/, '') || group;
}

/** One file with all exports of all specifiers, or null when two of them clash. */
async function tryTogether(group: string, specifiers: readonly string[]): Promise<Bundle | null> {
  const external = (specifier: string) => hasKey(specifier) && vendorGroupOf(specifier) !== group;
  const exported = new Set<string>();
  const lines: string[] = [];
  for (const specifier of specifiers) {
    const probe = await bundle({
      entry: specifier,
      external: other => other !== specifier && external(other),
    });
    if (probe.exports.includes('default')) {
      if (exported.has('default')) return null;
      lines.push(`export { default } from '${specifier}';`);
    }
    probe.exports.forEach(name => exported.add(name));
    lines.push(`export * from '${specifier}';`);
  }
  const result = await bundle({ entry: { source: lines.join('\n') }, external });
  const missing = [...exported].filter(name => !result.exports.includes(name));
  return missing.length > 0 ? null : result;
}
