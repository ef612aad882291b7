/** What a person reads when the app cannot start. */
export const startTexts = {
  unreachable:
    'The settings of this site could not be loaded, so nothing was opened. Check the connection, then try again.',
  malformed:
    'The settings of this site are not usable, so nothing was opened. Only the people who run the site can mend them.',
  retry: 'Try again',
} as const;
