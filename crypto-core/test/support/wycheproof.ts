/** Wycheproof's file layout, and its meaning: valid must work, invalid must fail, acceptable may do either. */

/** A test of any Wycheproof file. */
export interface WycheproofTest {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

/** A file: groups that share parameters. ACVP's files have the same form. */
export interface Wycheproof<Test extends object, Group extends object = object> {
  readonly testGroups: readonly (Group & { readonly tests: readonly Test[] })[];
}

/** Every test of a file. */
export function testsOf<Test extends object>(file: Wycheproof<Test>): readonly Test[] {
  return file.testGroups.flatMap(group => group.tests);
}
