/** The reference implementation's keys, recorded from its own runs (test/vectors/signal). */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { source } from '../bytes/source.ts';
import { utf8 } from '../bytes/utf8.ts';
import { computeX25519, importX25519Secret } from '../identity/x25519.ts';
import type { X25519KeyPair } from '../identity/x25519.ts';
import { deriveMessageKeys } from '../signal/chain.ts';
import {
  createInitiatorRatchet,
  createResponderRatchet,
  stepReceiving,
  stepSending,
} from '../signal/double-ratchet.ts';
import type { MessageStep, SignalState } from '../signal/double-ratchet.ts';
import { derivePqxdhSecret } from '../signal/pqxdh.ts';
import type { PqxdhSecret } from '../signal/pqxdh.ts';
import { describeVectors } from './support/vectors.ts';

type Owner = 'A' | 'B';

interface X3dhVector {
  readonly aliceIdentityPublic: string;
  readonly aliceBasePublic: string;
  readonly bobIdentityPrivate: string;
  readonly bobSignedPreKeyPrivate: string;
  readonly bobSignedPreKeyPublic: string;
  readonly bobOneTimePreKeyPrivate: string | null;
}

interface MessageVector {
  readonly from: Owner;
  readonly ratchetPublic: string;
  readonly counter: number;
  /** Length of the sender's previous chain, less one. */
  readonly previousCounter: number;
  readonly plaintext: string;
  readonly aesCbcCiphertext: string;
  readonly chainKey: string;
  readonly messageKeySeed: string;
  readonly cipherKey: string;
  readonly macKey: string;
  readonly iv: string;
}

interface EventVector {
  readonly op: 'send' | 'receive';
  readonly message: number;
  readonly rootKey?: string;
  readonly rootKeyAfter?: string;
  readonly newSendingRatchetPublic?: string;
}

interface RatchetCase {
  readonly name: string;
  readonly x3dh: X3dhVector & {
    readonly expectedInitialChainKey: string;
    readonly aliceRootKeyAfterFirstDhRatchet: string;
  };
  readonly ratchetKeys: readonly { readonly owner: Owner; readonly private: string }[];
  readonly messages: readonly MessageVector[];
  readonly events: readonly EventVector[];
}

interface PqxdhCase extends X3dhVector {
  readonly kemSharedSecret: string;
  readonly expected: {
    readonly chainKey: string;
    readonly aliceSendingRatchetPrivate: string;
    readonly rootKeyAfterFirstDhRatchet: string;
    readonly aliceSendingChainKey: string;
  };
}

const AD = new Uint8Array(0);
/** Of 32 events, all but the last ones of each transcript have a recorded answer. */
const ROOT_CHECKS = 28;

/** Bob's side computes the same secrets as Alice's, and the vectors have all his private keys. */
async function deriveSecret(vector: X3dhVector, info: string, kemSecret?: string): Promise<PqxdhSecret> {
  const identity = await importKey(vector.bobIdentityPrivate);
  const prekey = await importKey(vector.bobSignedPreKeyPrivate);
  const base = decodeHex(vector.aliceBasePublic);
  const shared = [
    await computeX25519(prekey.privateKey, decodeHex(vector.aliceIdentityPublic)),
    await computeX25519(identity.privateKey, base),
    await computeX25519(prekey.privateKey, base),
  ];
  if (vector.bobOneTimePreKeyPrivate) {
    const oneTime = await importKey(vector.bobOneTimePreKeyPrivate);
    shared.push(await computeX25519(oneTime.privateKey, base));
  }
  if (kemSecret !== undefined) shared.push(decodeHex(kemSecret));
  return derivePqxdhSecret(shared, utf8(info));
}

function importKey(hex: string): Promise<X25519KeyPair> {
  return importX25519Secret(decodeHex(hex));
}

async function expectMessageKeys(step: MessageStep, vector: MessageVector): Promise<void> {
  expect(encodeHex(step.messageKeySeed)).to.equal(vector.messageKeySeed);
  const keys = deriveMessageKeys(step.messageKeySeed);
  expect(encodeHex(keys.cipherKey)).to.equal(vector.cipherKey);
  expect(encodeHex(keys.macKey)).to.equal(vector.macKey);
  expect(encodeHex(keys.iv)).to.equal(vector.iv);
  const cbc = { name: 'AES-CBC', iv: source(keys.iv) };
  const key = await crypto.subtle.importKey('raw', source(keys.cipherKey), cbc.name, false, ['encrypt']);
  const ciphertext = await crypto.subtle.encrypt(cbc, key, decodeHex(vector.plaintext));
  expect(encodeHex(new Uint8Array(ciphertext))).to.equal(vector.aesCbcCiphertext);
}

/** Replays a transcript on both sides; gives how many root keys were compared. */
async function replay(vector: RatchetCase): Promise<number> {
  const { x3dh, messages } = vector;
  const ratchetKeys = {
    A: vector.ratchetKeys.filter(key => key.owner === 'A'),
    B: vector.ratchetKeys.filter(key => key.owner === 'B'),
  };
  const nextKey = async (owner: Owner): Promise<X25519KeyPair | undefined> => {
    const key = ratchetKeys[owner].shift();
    return key === undefined ? undefined : importKey(key.private);
  };
  const states: Record<Owner, SignalState> = {
    A: await createInitiatorRatchet({
      secret: await deriveSecret(x3dh, 'WhisperText'),
      peerSignedPrekey: decodeHex(x3dh.bobSignedPreKeyPublic),
      associatedData: AD,
      unsafeTestingRatchetKey: (await nextKey('A')) as X25519KeyPair,
    }),
    B: createResponderRatchet({
      secret: await deriveSecret(x3dh, 'WhisperText'),
      signedPrekey: await importKey(x3dh.bobSignedPreKeyPrivate),
      associatedData: AD,
    }),
  };
  expect(encodeHex(states.A.rootKey)).to.equal(x3dh.aliceRootKeyAfterFirstDhRatchet);
  const previousLengths = new Map<number, number>();
  let [rootChecks, isAnswerKnown] = [0, true];
  for (const event of vector.events) {
    const message = messages[event.message] as MessageVector;
    if (event.op === 'send') {
      const state = states[message.from];
      expect(encodeHex(state.rootKey)).to.equal(event.rootKey);
      expect(encodeHex(state.sendingKey.publicKey)).to.equal(message.ratchetPublic);
      expect(state.sendingChain.index).to.equal(message.counter);
      expect(encodeHex(state.sendingChain.chainKey)).to.equal(message.chainKey);
      previousLengths.set(event.message, state.previousLength);
      expect(Math.max(0, state.previousLength - 1)).to.equal(message.previousCounter);
      const step = stepSending(state);
      await expectMessageKeys(step, message);
      states[message.from] = step.next;
      rootChecks++;
    } else {
      const receiver = message.from === 'A' ? 'B' : 'A';
      const state = states[receiver];
      const header = {
        ratchetKey: decodeHex(message.ratchetPublic),
        previousLength: previousLengths.get(event.message) ?? 0,
        index: message.counter,
      };
      const isNew =
        state.receiving === null || encodeHex(state.receiving.ratchetKey) !== message.ratchetPublic;
      const isSkipped = state.skipped.has(`${message.ratchetPublic}:${message.counter}`);
      const isRatchetStep = isNew && !isSkipped;
      const answer = isRatchetStep ? await nextKey(receiver) : undefined;
      const step = await stepReceiving(state, header, answer);
      await expectMessageKeys(step, message);
      // The private key that answers a transcript's last new ratchet key was never used, nor recorded.
      isAnswerKnown = isRatchetStep ? answer !== undefined : isAnswerKnown;
      if (isAnswerKnown) expect(encodeHex(step.next.rootKey)).to.equal(event.rootKeyAfter);
      if (answer !== undefined) {
        expect(encodeHex(step.next.sendingKey.publicKey)).to.equal(event.newSendingRatchetPublic);
      }
      states[receiver] = step.next;
      rootChecks += isAnswerKnown ? 1 : 0;
    }
  }
  return rootChecks;
}

describeVectors<{ cases: RatchetCase[] }>('signal/x3dh-double-ratchet-oracle.json', vectors => {
  it('CC-SIG-01: X3DH gives the reference implementation’s initial chain key', async () => {
    await vectors.each(
      file => file.cases,
      async ({ x3dh }) => {
        const secret = await deriveSecret(x3dh, 'WhisperText');
        expect(encodeHex(secret.chainKey)).to.equal(x3dh.expectedInitialChainKey);
      },
    );
  });

  it('CC-SIG-02: root, chain and message keys of every recorded event are reproduced', async () => {
    let checks = 0;
    await vectors.each(
      file => file.cases,
      async vector => {
        checks += await replay(vector);
      },
    );
    expect(checks).to.equal(ROOT_CHECKS);
  });
});

describeVectors<{ cases: PqxdhCase[] }>('signal/pqxdh-oracle.json', vectors => {
  it('CC-SIG-01: PQXDH gives the reference implementation’s keys for its info string', async () => {
    await vectors.each(
      file => file.cases,
      async vector => {
        const info = 'WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024';
        const secret = await deriveSecret(vector, info, vector.kemSharedSecret);
        expect(encodeHex(secret.chainKey)).to.equal(vector.expected.chainKey);
        const state = await createInitiatorRatchet({
          secret,
          peerSignedPrekey: decodeHex(vector.bobSignedPreKeyPublic),
          associatedData: AD,
          unsafeTestingRatchetKey: await importKey(vector.expected.aliceSendingRatchetPrivate),
        });
        expect(encodeHex(state.rootKey)).to.equal(vector.expected.rootKeyAfterFirstDhRatchet);
        expect(encodeHex(state.sendingChain.chainKey)).to.equal(vector.expected.aliceSendingChainKey);
      },
    );
  });
});
