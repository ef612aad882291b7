/**
 * The cases of a vector file, whatever its upstream's layout: a JSON array (MLS), `testGroups[].tests` (Wycheproof,
 * ACVP), or arrays of objects under the file's own keys (`cases`, `vectors`, `header`, …). The browser's runner and
 * the check of `test/vectors/coverage.json` both count with this one function.
 */

/** Every case of a parsed file. Throws for anything that is not a file of vectors, and for an empty one. */
export function listCases(file: unknown): readonly object[] {
  const cases = Array.isArray(file) ? file.filter(isObject) : isObject(file) ? casesOfKeys(file) : [];
  if (cases.length === 0) throw new Error('no cases in this vector file');
  return cases;
}

function casesOfKeys(file: object): object[] {
  return Object.entries(file).flatMap(([key, value]: [string, unknown]) => {
    if (!Array.isArray(value)) return [];
    const items = value.filter(isObject);
    return key === 'testGroups' ? items.flatMap(testsOfGroup) : items;
  });
}

function testsOfGroup(group: object): object[] {
  const tests: unknown = Reflect.get(group, 'tests');
  return Array.isArray(tests) ? tests.filter(isObject) : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
