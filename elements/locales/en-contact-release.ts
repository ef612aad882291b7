/** Texts of a contact's release, in its details. What a contact runs is what its device says. */
export const contactRelease = {
  label: 'Release',
  hint: 'Do both of you run the same program? The other device is asked through your encrypted connection.',
  ask: 'Compare',
  asking: 'Asking…',
  unsigned: (name: string) =>
    `${name} runs something that nobody has signed, so there is nothing to compare.`,
  unsupported: (name: string) => `The app of ${name} is too old to say what it runs. It should be updated.`,
  standing: {
    same: (name: string, version: string, seq: number) =>
      `${name} says it runs exactly what you run: version ${version}, release ${seq}.`,
    older: (name: string, version: string, seq: number) =>
      `${name} says it runs version ${version}, release ${seq}. It is signed, and older than yours: ${name} can update.`,
    newer: (name: string, version: string, seq: number) =>
      `${name} says it runs version ${version}, release ${seq}. It is signed, and newer than yours: you can update in the settings.`,
    unknown: (name: string, version: string, seq: number) =>
      `${name} says it runs version ${version}, release ${seq}, and this device found nobody it trusts who signed that. It may come from another site, or be a release that was made for one of you alone. Read these words to each other over a call, and ask the people who run your sites.`,
    'nothing-here': (name: string, version: string, seq: number) =>
      `${name} says it runs version ${version}, release ${seq}. What runs here is signed by nobody, so there is nothing to compare it with.`,
  },
  failures: {
    'not-connected': (name: string) => `${name} is not connected now. Ask again when you are.`,
    'no-answer': (name: string) => `${name} did not answer. Ask again later.`,
  },
};
