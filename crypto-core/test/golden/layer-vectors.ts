/** V3, V5 and V6 (fast): one layer at a time. */
import { BulkOpener, BulkSealer, generateFileKey } from '../../bulk/fast-bulk.ts';
import { chunkRange, splitIntoChunks } from '../../bulk/chunks.ts';
import { concat } from '../../bytes/concat.ts';
import { encodeHex } from '../../bytes/hex.ts';
import { randomBytes } from '../../bytes/random.ts';
import { utf8 } from '../../bytes/utf8.ts';
import { createAesState } from '../../aes/aes-state.ts';
import { aesLayer } from '../../aes/aes-layer.ts';
import type { CipherLayer } from '../../cascade/cipher-layer.ts';
import type { Role } from '../../handshake/handshake.fixture.ts';
import { generateX25519 } from '../../identity/x25519.ts';
import { kemLayer } from '../../ml-kem/kem-layer.ts';
import {
  advanceAsAnswerer,
  advanceAsOfferer,
  createKemState,
  deriveKemSecrets,
} from '../../ml-kem/kem-ratchet.ts';
import { decapsulate, encapsulate, generateKemKeyPair } from '../../ml-kem/ml-kem-768.ts';
import { mlsLayer } from '../../mls/mls-layer.ts';
import { exportMlsSecret, mlsEpochAuthenticator } from '../../mls/mls-state.ts';
import { createPairGroup, generatePairKeyPackage, joinPairGroup } from '../../mls/pair-group.ts';
import { createInitiatorRatchet, createResponderRatchet } from '../../signal/double-ratchet.ts';
import { pqxdhInitiate, pqxdhRespond } from '../../signal/pqxdh.ts';
import { signalLayer } from '../../signal/signal-layer.ts';
import { makeCouple } from './handshake-vector.ts';
import { kemOutputOf } from './handshake-values.ts';
import { SecretsLog, type SecretsJson } from './secrets.ts';
import type { SeededPlatform } from './seeded-platform.ts';
import { countingBytes } from './session-vector.ts';

/** One message of one layer, at the place where it was sealed or opened. */
export interface MessageJson {
  readonly op: 'seal' | 'open';
  readonly by: Role;
  /** Names the message: it is opened, perhaps later, under the same number. */
  readonly id: number;
  readonly plaintext: string;
  readonly bytes: string;
}

/** Both ends of one layer; records what they seal and open. */
class LayerPair<State> {
  readonly messages: MessageJson[] = [];
  readonly #sealed: Uint8Array[] = [];
  readonly #plaintexts: Uint8Array[] = [];

  constructor(
    private readonly layer: CipherLayer<State>,
    readonly states: Record<Role, State>,
  ) {}

  async seal(by: Role, text: string): Promise<number> {
    const plaintext = utf8(text);
    const { next, bytes } = await this.layer.seal(this.states[by], plaintext);
    this.states[by] = next;
    const id = this.#sealed.push(bytes) - 1;
    this.#plaintexts.push(plaintext);
    this.#note('seal', by, id);
    return id;
  }

  async open(by: Role, id: number): Promise<void> {
    const { next, bytes } = await this.layer.open(this.states[by], this.#sealed[id] as Uint8Array);
    if (encodeHex(bytes) !== encodeHex(this.#plaintexts[id] as Uint8Array)) throw new Error('opened another');
    this.states[by] = next;
    this.#note('open', by, id);
  }

  /** Seals, and the other side opens at once. */
  async pass(by: Role, text: string): Promise<void> {
    await this.open(by === 'A' ? 'B' : 'A', await this.seal(by, text));
  }

  #note(op: 'seal' | 'open', by: Role, id: number): void {
    const plaintext = encodeHex(this.#plaintexts[id] as Uint8Array);
    this.messages.push({ op, by, id, plaintext, bytes: encodeHex(this.#sealed[id] as Uint8Array) });
  }
}

export interface MlsJson {
  readonly nowMs: number;
  readonly identityKeys: Readonly<Record<Role, string>>;
  readonly groupId: string;
  readonly keyPackage: string;
  readonly welcome: string;
  readonly ratchetTree: string;
  readonly secrets: SecretsJson;
  readonly values: Readonly<Record<string, string>>;
  readonly messages: readonly MessageJson[];
}

/** V3: the MLS group of a pair, its exports, and messages both ways. */
export async function makeMlsGroup(platform: SeededPlatform): Promise<MlsJson> {
  const { nowMs } = platform;
  const couple = await makeCouple();
  const groupId = randomBytes(32);
  const keyPackage = await generatePairKeyPackage({ identity: couple.b.identity, nowMs });
  const { initKey } = keyPackage.publicPackage;
  const created = await createPairGroup({
    groupId,
    identity: couple.a.identity,
    peerKeyPackage: keyPackage.publicBytes,
    expectedPeerIdentity: couple.b.identity.identityKey,
    nowMs,
  });
  const { welcome, ratchetTree } = created;
  const log = new SecretsLog(platform);
  await log.addXWing(initKey, kemOutputOf(welcome));
  const expectedPeerIdentity = couple.a.identity.identityKey;
  const joined = await joinPairGroup({
    keyPackage,
    welcome,
    ratchetTree,
    groupId,
    expectedPeerIdentity,
    nowMs,
  });
  const context = randomBytes(32);
  const values = {
    epochAuthenticator: encodeHex(mlsEpochAuthenticator(joined)),
    senderDataSecret: encodeHex(joined.client.keySchedule.senderDataSecret),
    exporterSecret: encodeHex(joined.client.keySchedule.exporterSecret),
    exportContext: encodeHex(context),
    export: encodeHex(await exportMlsSecret(created.state, 'enk/v1 hs', context, 32)),
  };
  const pair = new LayerPair(mlsLayer, { A: created.state, B: joined });
  const first = await pair.seal('A', 'first');
  const answer = await pair.seal('B', 'answer, crossing');
  await pair.open('B', first);
  await pair.open('A', answer);
  await pair.pass('B', '');
  await pair.pass('B', 'x'.repeat(300));
  await pair.pass('A', 'second');
  return {
    nowMs,
    identityKeys: {
      A: encodeHex(couple.a.identity.identityKey),
      B: encodeHex(couple.b.identity.identityKey),
    },
    groupId: encodeHex(groupId),
    keyPackage: encodeHex(keyPackage.publicBytes),
    welcome: encodeHex(welcome),
    ratchetTree: encodeHex(ratchetTree),
    secrets: log.toJson(),
    values,
    messages: pair.messages,
  };
}

export interface SignalJson {
  readonly sessionId: string;
  readonly dhKeys: Readonly<Record<Role, string>>;
  readonly signedPrekey: string;
  readonly ephemeralKey: string;
  readonly kemCiphertext: string;
  readonly secrets: SecretsJson;
  readonly messages: readonly MessageJson[];
}

export interface KemJson {
  readonly sessionId: string;
  readonly encapsulationKey: string;
  readonly ciphertext: string;
  readonly secrets: SecretsJson;
  /** Before message `beforeId` was sealed, both sides had moved to the next generation. */
  readonly rekeys: readonly { beforeId: number; encapsulationKey: string; ciphertext: string }[];
  readonly messages: readonly MessageJson[];
}

/** V5: both ratchets on their own. */
export async function makeRatchets(
  platform: SeededPlatform,
): Promise<{ signal: SignalJson; mlKem: KemJson }> {
  return { signal: await makeSignal(platform), mlKem: await makeKem(platform) };
}

async function makeSignal(platform: SeededPlatform): Promise<SignalJson> {
  const { a, b } = await makeCouple();
  const sessionId = randomBytes(32);
  const signedPrekey = await generateX25519();
  const kemPrekey = await generateKemKeyPair();
  const log = new SecretsLog(platform);
  for (const { identity, x25519Secret } of [a, b]) log.addX25519(identity.dhKey, x25519Secret);
  const initiation = await pqxdhInitiate({
    identityDh: a.identity.dhPrivate,
    peerIdentityDh: b.identity.dhKey,
    peerSignedPrekey: signedPrekey.publicKey,
    peerKemPrekey: kemPrekey.encapsulationKey,
  });
  const { ephemeralKey, kemCiphertext } = initiation;
  await log.addMlKem(kemPrekey.encapsulationKey, kemCiphertext);
  const secret = await pqxdhRespond({
    identityDh: b.identity.dhPrivate,
    signedPrekey,
    kemPrekeySeed: kemPrekey.seed,
    peerIdentityDh: a.identity.dhKey,
    peerEphemeralKey: ephemeralKey,
    kemCiphertext,
  });
  const associatedData = concat(a.identity.dhKey, b.identity.dhKey, sessionId);
  const peerSignedPrekey = signedPrekey.publicKey;
  const initiator = await createInitiatorRatchet({
    secret: initiation.secret,
    peerSignedPrekey,
    associatedData,
  });
  const responder = createResponderRatchet({ secret, signedPrekey, associatedData });
  const pair = new LayerPair(signalLayer, { A: initiator, B: responder });
  const early = await pair.seal('B', 'the responder speaks first');
  const [m0, m1, m2] = [await pair.seal('A', 'm0'), await pair.seal('A', 'm1'), await pair.seal('A', 'm2')];
  await pair.open('B', m2); // m0 and m1 are skipped
  await pair.open('A', early);
  await pair.pass('B', 'after a ratchet step');
  const m3 = await pair.seal('A', 'm3');
  const m4 = await pair.seal('A', 'm4');
  await pair.open('B', m4); // a new chain, m3 skipped
  await pair.open('B', m0); // late, across the step
  await pair.open('B', m3);
  await pair.pass('B', 'another step');
  await pair.open('B', m1);
  await pair.pass('A', 'the end');
  return {
    sessionId: encodeHex(sessionId),
    dhKeys: { A: encodeHex(a.identity.dhKey), B: encodeHex(b.identity.dhKey) },
    signedPrekey: encodeHex(signedPrekey.publicKey),
    ephemeralKey: encodeHex(ephemeralKey),
    kemCiphertext: encodeHex(kemCiphertext),
    secrets: log.toJson(),
    messages: pair.messages,
  };
}

async function makeKem(platform: SeededPlatform): Promise<KemJson> {
  const log = new SecretsLog(platform);
  const sessionId = randomBytes(32);
  const exchange = async () => {
    const { seed, encapsulationKey } = await generateKemKeyPair();
    const { ciphertext, sharedSecret } = await encapsulate(encapsulationKey);
    await log.addMlKem(encapsulationKey, ciphertext);
    const offererSecret = await decapsulate(seed, ciphertext);
    const common = { encapsulationKey, ciphertext };
    return { answerer: { ...common, sharedSecret }, offerer: { ...common, sharedSecret: offererSecret } };
  };
  const { nowMs } = platform;
  const first = await exchange();
  const rootOf = (sharedSecret: Uint8Array) =>
    deriveKemSecrets({ ...first.offerer, sharedSecret }, sessionId).root;
  const pair = new LayerPair(kemLayer, {
    A: createKemState({ role: 'A', root: rootOf(first.offerer.sharedSecret), sessionId, nowMs }),
    B: createKemState({ role: 'B', root: rootOf(first.answerer.sharedSecret), sessionId, nowMs }),
  });
  const rekeys: { beforeId: number; encapsulationKey: string; ciphertext: string }[] = [];
  const rekey = async (offerer: Role, beforeId: number): Promise<void> => {
    const answerer = offerer === 'A' ? 'B' : 'A';
    const next = await exchange();
    const { encapsulationKey, ciphertext } = next.offerer;
    rekeys.push({
      beforeId,
      encapsulationKey: encodeHex(encapsulationKey),
      ciphertext: encodeHex(ciphertext),
    });
    pair.states[answerer] = advanceAsAnswerer(pair.states[answerer], next.answerer, nowMs).next;
    pair.states[offerer] = advanceAsOfferer(pair.states[offerer], next.offerer, nowMs).next;
  };
  await pair.pass('A', 'generation 0');
  await pair.pass('A', 'again');
  await pair.pass('B', 'generation 0, the other way');
  await rekey('B', 3);
  await pair.pass('B', 'generation 1');
  await pair.pass('A', 'generation 1, the other way');
  await rekey('A', 5);
  await pair.pass('A', 'generation 2');
  await pair.pass('B', 'generation 2, the other way');
  return {
    sessionId: encodeHex(sessionId),
    encapsulationKey: encodeHex(first.offerer.encapsulationKey),
    ciphertext: encodeHex(first.offerer.ciphertext),
    secrets: log.toJson(),
    rekeys,
    messages: pair.messages,
  };
}

export interface FastBulkJson {
  readonly fileKey: string;
  readonly fileId: string;
  readonly sessionId: string;
  readonly chunkBytes: number;
  readonly file: string;
  readonly attempts: readonly { readonly attemptId: string; readonly frames: readonly string[] }[];
}

/** V6, fast: a file of 9,000 bytes in chunks of 4,096; a first attempt that ends early, and a resume. */
export async function makeFastBulk(): Promise<FastBulkJson> {
  const file = countingBytes(9_000, 7);
  const plan = { sizeBytes: file.length, chunkBytes: 4_096 };
  const keys = { fileKey: generateFileKey(), fileId: randomBytes(16), sessionId: randomBytes(32) };
  const attempt = async (indices: readonly number[]) => {
    const transfer = { ...plan, ...keys };
    const sealer = await BulkSealer.start(transfer);
    const opener = await BulkOpener.create(transfer, sealer.attemptId);
    const frames: string[] = [];
    for (const index of indices) {
      const { offset, length } = chunkRange(plan, index);
      const frame = await sealer.seal(index, file.subarray(offset, offset + length));
      const opened = await opener.open(frame);
      if (opened.index !== index || opened.chunk.length !== length) throw new Error('opened another chunk');
      frames.push(encodeHex(frame));
    }
    return { attemptId: encodeHex(sealer.attemptId), frames };
  };
  const count = splitIntoChunks(file, plan.chunkBytes).length;
  const all = Array.from({ length: count }, (_, index) => index);
  return {
    fileKey: encodeHex(keys.fileKey),
    fileId: encodeHex(keys.fileId),
    sessionId: encodeHex(keys.sessionId),
    chunkBytes: plan.chunkBytes,
    file: encodeHex(file),
    attempts: [await attempt(all.slice(0, 1)), await attempt([2, 1])],
  };
}

export interface RecordStepsJson {
  readonly aes0: string;
  readonly th1: string;
  readonly frames: readonly {
    readonly from: Role;
    readonly counter: number;
    readonly plaintext: string;
    readonly bytes: string;
  }[];
}

/** V11, record layer: frames around the hash steps at 1,024 and 2,048. */
export async function makeRecordSteps(platform: SeededPlatform): Promise<RecordStepsJson> {
  const root = randomBytes(32);
  const th1 = randomBytes(32);
  const kept = new Set([0, 1, 1_023, 1_024, 1_025, 2_047, 2_048]);
  const frames: RecordStepsJson['frames'][number][] = [];
  for (const from of ['A', 'B'] as const) {
    let state = await createAesState({ role: from, root: root.slice(), th1, nowMs: platform.nowMs });
    for (let counter = 0; counter <= 2_048; counter++) {
      const plaintext = utf8(`${from} ${counter}`);
      const { next, bytes } = await aesLayer.seal(state, plaintext);
      state = next;
      if (!kept.has(counter)) continue;
      frames.push({ from, counter, plaintext: encodeHex(plaintext), bytes: encodeHex(bytes) });
    }
  }
  return { aes0: encodeHex(root), th1: encodeHex(th1), frames };
}
