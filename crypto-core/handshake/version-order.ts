/** Which of two versions of the wire profile is older. Pure; what cannot be ordered counts as equal. */

/** As a hello says it. */
export interface VersionClaim {
  readonly profile: string;
  readonly specVersion: unknown;
}

const PROFILE_NUMBER = /^EnkryptedChat-Profile-v(\d{1,4})$/;
const SPEC_NUMBERS = /^(\d{1,4})\.(\d{1,4})$/;

/** Profile number, then major and minor of the PDUs' version. */
function numbersOf({ profile, specVersion }: VersionClaim): readonly number[] | null {
  const [, number] = PROFILE_NUMBER.exec(profile) ?? [];
  const [, major, minor] = SPEC_NUMBERS.exec(typeof specVersion === 'string' ? specVersion : '') ?? [];
  if (number === undefined) return null; // another protocol altogether
  return major === undefined ? [Number(number)] : [number, major, minor].map(Number);
}

/** Below 0: `a` is older than `b`; above 0: newer; 0: the same, or no two versions of one profile. */
export function compareVersions(a: VersionClaim, b: VersionClaim): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left === null || right === null) return 0;
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? number);
    if (difference !== 0) return difference;
  }
  return 0;
}
