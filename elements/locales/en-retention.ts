/** Texts about deleting and disappearing messages. They promise nothing that the other's device alone can keep. */
export const retention = {
  menu: {
    label: 'Message options',
    copy: 'Copy text',
    deleteHere: 'Delete for me',
    deleteForEveryone: 'Delete for everyone…',
  },

  deleted: {
    mine: 'You deleted this message',
    theirs: (name: string) => `${name} deleted this message`,
    preview: 'Message deleted',
    here: 'Deleted for you.',
    undo: 'Undo',
  },

  confirm: {
    title: 'Delete for everyone?',
    preview: 'The message',
    asked: (name: string) =>
      `It is deleted here, and ${name}’s app is asked to delete it, too: now, or when ${name} is online again.`,
    honest: 'Nobody can check that it was done. Backups, screenshots and other apps may keep it.',
    unsent: (name: string) =>
      `It has not reached ${name} for certain yet. If it has not left, it never will.`,
    submit: 'Delete for everyone',
  },

  timer: {
    title: 'Disappearing messages',
    open: 'Disappearing messages',
    isOn: (duration: string) => `Disappearing messages: ${duration}`,
    intro: (name: string) =>
      `New messages of both of you disappear after this time. ${name} sees that you changed it, and can change it, too.`,
    lifetime: 'New messages stay for',
    off: 'Off',
    startsAt: 'The time starts',
    starts: {
      reading: 'when they are read',
      sending: 'when they are sent',
    },
    startsHint: {
      reading: 'On each device once they were seen there; your own once they are delivered.',
      sending: 'On both devices, read or not. What is not delivered by then is never sent.',
    },
    honest: 'The other’s app is asked to do the same. Nobody can check it; backups and screenshots stay.',
    submit: 'Set',
    unconfirmed: (name: string) =>
      `${name}’s app has not confirmed this yet. What you send may stay there: an older version does not know it.`,
    shortUnconfirmed: 'not confirmed',
  },

  lines: {
    set: {
      mine: (rule: string) => `You set disappearing messages: ${rule}`,
      theirs: (name: string, rule: string) => `${name} set disappearing messages: ${rule}`,
    },
    off: {
      mine: 'You turned disappearing messages off',
      theirs: (name: string) => `${name} turned disappearing messages off`,
    },
    messages: {
      timed: (name: string, rule: string) => `Messages from ${name} that follow disappear: ${rule}`,
      stay: (name: string) => `Messages from ${name} that follow do not disappear`,
    },
    rule: {
      sending: (duration: string) => `${duration} after sending`,
      reading: (duration: string) => `${duration} after reading`,
    },
    preview: 'Disappearing messages changed',
  },

  left: (duration: string) => `Disappears in ${duration}`,
  stays: {
    sending: (duration: string) => `Disappears ${duration} after sending`,
    reading: (duration: string) => `Disappears ${duration} after reading`,
  },
};
