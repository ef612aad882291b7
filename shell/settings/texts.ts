/** Every text of the settings page. Security is said in plain words: what it does, and what it does not. */
export const texts = {
  title: 'Settings',
  back: 'Back to chats',
  you: {
    title: 'You',
    name: 'Your name',
    nameHint: 'Sent to the people you talk to. Nobody checks it.',
    save: 'Save name',
    saved: 'Saved',
    address: 'Your address',
    addressHint:
      'A random address at the broker. It is not your identity; an invite is the safer way to meet.',
    renew: 'New address…',
    renewQuestion:
      'Your contacts learn the new address by themselves the next time you are both online. Invites that you sent and nobody has used stop working.',
    renewConfirm: 'Take a new address',
    renewCancel: 'Keep this one',
    renewed: 'You have a new address.',
  },
  privacy: {
    title: 'Privacy',
    typing: 'Tell others when I am typing',
    receipts: 'Tell others when I have read a message',
    hint: 'Both are off unless you turn them on.',
  },
  appearance: {
    title: 'Appearance',
    legend: 'Theme',
    auto: 'Same as the system',
    light: 'Light',
    dark: 'Dark',
  },
  network: {
    title: 'Network',
    broker: 'Broker',
    brokerHint: 'Introduces you to your contacts. It sees addresses and times, never a message.',
    ice: 'STUN and TURN servers',
    iceHint: 'One a line: “stun:host” or “turn:host username credential”. None are used unless listed here.',
    relay: 'Always connect through a TURN server',
    relayHint:
      'Hides your network address from the other person. Shows the timing and the amount of your traffic to the relay.',
    relayNeedsTurn: 'Add a TURN server first: without one, nothing can connect in this mode.',
    save: 'Apply',
    saved: 'Applied',
    reset: 'Use the settings of this site',
    invalidLine: (line: number) => `Line ${line} is not a STUN or TURN server.`,
    refusedByPage:
      'The policy of this site does not allow a connection to that broker, so it was not made. Only the people who run the site can allow it.',
    invalidBroker: 'The broker’s address starts with wss:// (ws:// only on this computer).',
  },
  vault: { title: 'Vault' },
  connections: {
    title: 'Connections and encryption',
  },
  release: { title: 'Program' },
  about: {
    title: 'About',
    audit:
      'Enkrypted has not been independently audited. Do not rely on it where a mistake would put someone in danger.',
    storage:
      'Messages are stored sealed on this device only. Clearing the data of this site deletes them for good.',
  },
} as const;
