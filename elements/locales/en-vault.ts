/** Texts of `<enk-unlock>` and `<enk-vault-settings>`. */
export const vault = {
  kinds: {
    device: 'This device, without asking',
    passkey: 'Passkey',
    passcode: 'Passcode',
    password: 'Password',
    'recovery-key': 'Recovery key',
  },
  notHere: 'The vault is not available on this page',
  clearing: 'Clearing this site’s data in the browser destroys the vault, on this device and for good.',
  lastExport: (when: string | null) => (when === null ? 'No export has been made.' : `Last export: ${when}.`),

  form: {
    labels: { passcode: 'Passcode', password: 'Password', 'recovery-key': 'Recovery key' },
    recoveryHint: 'Eight groups of four characters. Case and hyphens do not matter.',
    passkey: 'Use a passkey',
    passkeyHint: 'Your browser asks for it.',
    show: 'Show what I type',
    otherWays: 'Or',
    use: {
      passkey: 'Use a passkey',
      passcode: 'Use the passcode',
      password: 'Use the password',
      'recovery-key': 'Use the recovery key',
    },
    working: 'Opening…',
    wait: (seconds: string) => `Too many wrong tries. You can try again in ${seconds}.`,
  },

  unlock: {
    title: 'Your vault is locked',
    hint: 'Messages wait with those who sent them until you open it.',
    submit: 'Unlock',
    forgot: 'Can’t open it?',
    forgotHint:
      'Without a passkey, passcode, password or recovery key nobody can open this vault: not you, and not us. You can erase it and start over.',
    unlocked: 'The vault is open.',
    erased: 'Everything is erased',
    erasedHint:
      'The keys were destroyed first, then the data. It is removed from this app; whether a disk still holds old bytes, nobody can promise, but nothing opens them.',
    startOver: 'Start over',
  },

  erase: {
    title: 'Erase everything?',
    button: 'Erase everything…',
    warning:
      'Identity, contacts, messages and files of this profile are removed from this device. This cannot be undone. The people you talk to keep what they have.',
    confirm: 'I understand that nothing of it can be brought back',
    submit: 'Erase now',
    working: 'Erasing…',
  },

  settings: {
    openByItself:
      'This device opens the vault without asking: whoever can use this browser can read everything.',
    locked: 'The vault opens only with one of these.',
    since: (date: string) => `Since ${date}`,
    change: 'Change',
    remove: 'Remove',
    add: 'Add another way',
    adds: {
      device: 'Open without asking…',
      passkey: 'Add a passkey…',
      passcode: 'Set a passcode…',
      password: 'Set a password…',
      'recovery-key': 'Make a recovery key…',
    },
    noRecovery:
      'Without a recovery key, a lost passkey or forgotten passcode means losing everything. Make one.',
    lockNow: 'Lock now',
    autoLock: 'Lock by itself',
    idle: 'When I do nothing for',
    hidden: 'When this page is out of sight for',
    sleep: 'When this device slept',
    never: 'Never',
    atOnce: 'At once',
    nothingLocks: 'Set a passkey, passcode or password first.',
    storage: 'Storage',
    used: (used: string, quota: string) => `${used} of ${quota} used`,
    usedUnknown: 'This browser does not say how much is used.',
    persisted: 'This browser keeps the data until you clear it.',
    notPersisted: 'This browser may clear the data by itself when the disk gets full.',
    keep: 'Ask the browser to keep it',
    keepAsked: 'Waiting for the browser’s answer…',
    keepRefused: 'The browser did not agree. It may later, when you use this page more often or install it.',
  },

  method: {
    titles: {
      add: {
        device: 'Open without asking',
        passkey: 'Add a passkey',
        passcode: 'Set a passcode',
        password: 'Set a password',
        'recovery-key': 'Make a recovery key',
      },
      change: {
        device: 'Open without asking',
        passkey: 'Change the passkey',
        passcode: 'Change the passcode',
        password: 'Change the password',
        'recovery-key': 'Make a new recovery key',
      },
      remove: (kind: string) => `Remove: ${kind}?`,
    },
    confirm: 'First, open the vault once more:',
    continue: 'Continue',
    hints: {
      device: 'The lock goes away: whoever can use this browser can read everything.',
      passkey:
        'Your browser asks where to keep it: this device, a phone, or a security key that supports it.',
      passcode:
        'At least six characters; digits are fine. From then on the vault is locked when this page opens.',
      password: 'At least ten characters. From then on the vault is locked when this page opens.',
      'recovery-key':
        'Write it down, or print it. It is shown this once, and opens the vault when all else is lost.',
    },
    newSecret: { passcode: 'New passcode', password: 'New password' },
    again: 'Once more',
    different: 'These two are not the same.',
    save: 'Save',
    make: 'Make it',
    turnOn: 'Open without asking',
    saving: 'Saving…',
    removeHint:
      'It opens the vault no more. Copies of this device’s storage made before can still be opened with it.',
    removeDo: 'Remove',
    recoveryQr: 'QR code of the recovery key',
    written: 'I have written it down',
    check: (first: number, second: number) => `To be sure: what are group ${first} and group ${second}?`,
    group: (index: number) => `Group ${index}`,
    wrongGroup: 'That is not what it says. Look again at what you wrote down.',
    back: 'Show it again',
  },
};
