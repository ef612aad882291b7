/** Texts of `<enk-release>` and `<enk-release-alarm>`. */
export const release = {
  unavailable:
    'This page keeps no release. Its modules were checked against the hashes in the page before they ran.',
  loading: 'Looking at what runs here…',
  development: {
    title: 'Unsigned development build',
    text: 'Nobody has signed what runs here, and nothing is pinned: the next load runs whatever the server sends then.',
  },
  unpinned: {
    unsupported:
      'This browser keeps no release for this page. Signatures were checked, but the next load runs whatever the server sends then.',
    installing: 'This release is being kept on this device…',
    failed:
      'This release could not be kept on this device. The next load runs whatever the server sends then. Reload the page to try again.',
  },
  title: (version: string, seq: number) => `Version ${version} · release ${seq}`,
  signed: (signers: number, threshold: number, keys: number) =>
    `Signed by ${signers} of ${keys} keys; ${threshold} must agree`,
  pinned: 'Kept on this device: the server cannot change what runs here without you.',
  reload: 'Another window accepted a newer release. This one runs it after a reload.',
  reloadNow: 'Reload',
  fingerprint: 'Fingerprint',
  fingerprintHint:
    'Eight words for exactly these files. Compare them with somebody you trust, over a call or on paper: the same words, the same program.',
  facts: {
    signers: 'Signed by',
    expires: 'Expires',
    expired: (date: string) => `${date}: expired. It runs on, but a newer one should have come.`,
    files: 'Files',
    fileCount: (count: string) => `${count}, each checked before it runs`,
    sources: 'Loaded from',
    source: (host: string, files: string) => `${host} (${files})`,
    ownSite: 'this site',
    check: 'Last looked',
    never: 'Not yet',
    hash: 'Release',
    importMap: 'Import map',
  },
  details: 'Hashes',
  check: 'Look for a newer release',
  checking: 'Looking…',
  downloading: (done: string, total: string) => `Downloading ${done} of ${total} files`,
  outcomes: {
    current: 'This is the newest release.',
    offered: 'A newer release is ready.',
    unreachable: 'Nobody answered. What is here runs on.',
    malformed: 'The server offered something that is no release. It was refused; what is here runs on.',
    unsigned: 'The server offered a release that nobody signed. It was refused; what is here runs on.',
    'under-signed':
      'The server offered a release that too few keys vouch for. It was refused; what is here runs on.',
    expired: 'The server offers a release that has expired. It was refused; what is here runs on.',
    'rolled-back': 'The server offered an older release. It was refused; what is here runs on.',
    forked:
      'The server offered another release of the same history. It was refused; what is here runs on. Tell the people who run this site.',
    incomplete:
      'A newer release is signed, but one of its files is missing or altered everywhere. It was refused.',
  },
  offer: {
    title: (version: string) => `Version ${version} is ready`,
    text: 'Enough of your keys vouch for it, and every file of it is on this device. Nothing changes until you say so.',
    changes: 'What changed',
    noChanges: 'The people who made it did not say what changed.',
    accept: 'Run it from now on',
    accepting: 'Changing over…',
    later: 'Later',
    postponed: 'It waits here until you want it.',
  },
  alarm: {
    title: 'Something was changed that must not change',
    worker:
      'The script that guards this app on your device was replaced, outside of any signed release. Your vault was closed, and what you see now is still the program that you had.',
    advice: [
      'Do not enter a passcode, password or recovery key here.',
      'Leave this window open, and ask the people who run this site through another way.',
      'Once every window of this app is closed, the changed script takes over.',
    ],
    refusedTitle: 'This site was not started',
    refused: 'The release that this site offers is not acceptable, so nothing was opened.',
    refusals: {
      malformed: 'It is no release at all.',
      unsigned: 'None of the keys of this site vouches for it.',
      'under-signed': 'Too few of the keys of this site vouch for it.',
      expired: 'It has expired. The people who run this site must publish a new one.',
      'rolled-back': 'It is older than it may be.',
      forked: 'It belongs to another history.',
      incomplete: 'Files of it are missing or altered.',
      unreachable: 'Its list of files could not be loaded.',
    },
    again: 'Look again',
    running: 'What runs now',
    goOn: 'I know why it was changed',
    goOnHint:
      'If the people who run this site told you why, you can go on. If it was an attack, whoever did it may then read everything that you open here.',
    understood: 'I understand that whoever changed it may read everything',
    goOnNow: 'Open anyway',
  },
};
