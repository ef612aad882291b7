/**
 * Every value of a recorded handshake's key schedule, computed from its frames and secrets as B would: the frames
 * are opened, the group is joined from B's key package, the three exports and the master secrets are derived. All
 * by the package's own functions; no randomness enters.
 */
import { decodeMlsMessage } from 'ts-mls';
import { concat } from '../../bytes/concat.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { deriveKey, hkdfExtract, sha256 } from '../../bytes/kdf.ts';
import type { Role } from '../../handshake/handshake.fixture.ts';
import { HandshakeOpener } from '../../handshake/handshake-record.ts';
import { decodeHello } from '../../handshake/hello.ts';
import { deriveHelloSecrets, deriveMasterSecrets } from '../../handshake/key-schedule.ts';
import { decodePdu } from '../../handshake/pdu-codec.ts';
import * as pdus from '../../handshake/pdus.ts';
import { type Psk, pskSecret } from '../../handshake/psk.ts';
import {
  computeFinalHash,
  computeSessionId,
  encodePrologue,
  Transcript,
} from '../../handshake/transcript.ts';
import type { IdentityKeys } from '../../identity/identity.ts';
import { computeX25519, importX25519Secret } from '../../identity/x25519.ts';
import { deriveKemSecrets } from '../../ml-kem/kem-ratchet.ts';
import { exportMlsSecret, mlsEpochAuthenticator, type MlsState } from '../../mls/mls-state.ts';
import { joinPairGroup } from '../../mls/pair-group.ts';
import { derivePqxdhSecret } from '../../signal/pqxdh.ts';
import { utf8 } from '../../bytes/utf8.ts';
import type { SecretsLog } from './secrets.ts';

/** The Signal engine of the golden vectors. */
const ENGINE = 'enk-signal-1';

/** All in hex, 32 bytes each unless SPEC.md says otherwise. */
export type HandshakeValues = Readonly<Record<string, string>>;

export interface HandshakeValuesInput {
  readonly nowMs: number;
  readonly frames: readonly { readonly from: Role; readonly bytes: Uint8Array }[];
  readonly psk: Psk | null;
  readonly couple: {
    readonly a: { readonly identity: IdentityKeys };
    readonly b: { readonly identity: IdentityKeys; readonly x25519Secret: Uint8Array };
  };
  readonly peerIds: Readonly<Record<Role, string>>;
  readonly fingerprints: Readonly<Record<Role, Uint8Array>>;
  readonly log: SecretsLog;
}

export async function computeHandshakeValues(input: HandshakeValuesInput): Promise<HandshakeValues> {
  const { frames, psk, couple, log } = input;
  const [helloA, ...sealedA] = bytesOf(frames, 'A');
  const [helloB, ...sealedB] = bytesOf(frames, 'B');
  const a = decodeHello(helloA as Uint8Array, ENGINE);
  const b = decodeHello(helloB as Uint8Array, ENGINE);
  const endpoint = (role: Role) => ({
    peerId: input.peerIds[role],
    fingerprint: input.fingerprints[role],
  });
  const prologue = encodePrologue(endpoint('A'), endpoint('B'));
  const pskKind = psk?.kind ?? 0;
  const sessionId = computeSessionId({ prologue, helloA: a.json, helloB: b.json, pskKind });
  const dh = await diffieHellman(log, b.hello.ephemeralKey, a.hello.ephemeralKey);
  const hello = deriveHelloSecrets(pskSecret(psk), dh, sessionId);

  const plainA = await openAll(hello.handshakeKeyA, sealedA);
  const plainB = await openAll(hello.handshakeKeyB, sealedB);
  const transcript = new Transcript(sessionId);
  for (const pdu of plainA.slice(0, 6)) transcript.add('A', pdu);
  for (const pdu of plainB.slice(0, 3)) transcript.add('B', pdu);
  const th1 = transcript.hashBeforeFinish();
  const th2 = computeFinalHash(th1, at(plainA, 6), [at(plainB, 3), at(plainB, 4)]);

  const mls = await joinGroup(input, plainA, plainB, sessionId);
  const sMls = await exportMlsSecret(mls, 'enk/v1 hs', sessionId, 32);
  const prekeys = decodePdu(pdus.signalKeyExchangeResponse, at(plainB, 1));
  const complete = decodePdu(pdus.signalSessionComplete, at(plainA, 5));
  await log.addMlKem(prekeys.kemPrekey, complete.kemCiphertext);
  const pqxdhKemSecret = secretOf(log, complete.kemCiphertext);
  const pqxdh = derivePqxdhSecret([
    await diffieHellman(log, prekeys.signedPrekey, couple.a.identity.dhKey),
    await diffieHellman(log, couple.b.identity.dhKey, complete.ephemeralKey),
    await diffieHellman(log, prekeys.signedPrekey, complete.ephemeralKey),
    pqxdhKemSecret,
  ]);
  const signal = {
    root: encodeHex(pqxdh.rootKey),
    chain: encodeHex(pqxdh.chainKey),
    x: encodeHex(pqxdh.exportKey),
  };
  const { ek } = decodePdu(pdus.mlKemKeyExchange, at(plainA, 2));
  const { ct } = decodePdu(pdus.mlKemKeyExchangeResponse, at(plainB, 2));
  await log.addMlKem(ek, ct);
  const kem = deriveKemSecrets(
    { sharedSecret: secretOf(log, ct), encapsulationKey: ek, ciphertext: ct },
    sessionId,
  );
  const exports = {
    mls: sMls,
    signal: deriveKey(pqxdh.exportKey, 'export', sessionId),
    mlKem: kem.exportSecret,
  };
  const master = hkdfExtract(hello.s0, concat(exports.mls, exports.signal, exports.mlKem));
  const secrets = deriveMasterSecrets(hello.s0, exports, th1);
  return {
    prologue: encodeHex(prologue),
    ephemeralDh: encodeHex(dh),
    th0: encodeHex(sessionId),
    th1: encodeHex(th1),
    th2: encodeHex(th2),
    s0: encodeHex(hello.s0),
    handshakeKeyA: encodeHex(hello.handshakeKeyA),
    handshakeKeyB: encodeHex(hello.handshakeKeyB),
    mlsGroupId: encodeHex(sha256(utf8('enk/v1 mls group'), sessionId)),
    mlsEpochAuthenticator: encodeHex(mlsEpochAuthenticator(mls)),
    mlsExport: encodeHex(exports.mls),
    signalRoot: signal.root,
    signalChain: signal.chain,
    signalX: signal.x,
    signalExport: encodeHex(exports.signal),
    kemRoot0: encodeHex(kem.root),
    kemExport: encodeHex(exports.mlKem),
    master: encodeHex(master),
    finishKeyA: encodeHex(secrets.finishKeyA),
    finishKeyB: encodeHex(secrets.finishKeyB),
    aes0: encodeHex(secrets.aesRoot),
    pairSecret: encodeHex(secrets.pairSecret),
    exporter: encodeHex(secrets.exporter),
  };
}

/** B joins again, from its recorded private keys and A's recorded Welcome. */
async function joinGroup(
  { couple, log, nowMs }: HandshakeValuesInput,
  plainA: readonly Uint8Array[],
  plainB: readonly Uint8Array[],
  sessionId: Uint8Array,
): Promise<MlsState> {
  const { keyPackage: publicBytes } = decodePdu(pdus.mlsKeyPackage, at(plainB, 0));
  const { welcome, tree } = decodePdu(pdus.mlsWelcome, at(plainA, 4));
  const keyPackage = await rebuildKeyPackage(log, publicBytes, couple.b.identity.identityKey);
  const { initKey } = keyPackage.publicPackage;
  await log.addXWing(initKey, kemOutputOf(welcome));
  return joinPairGroup({
    keyPackage,
    welcome,
    ratchetTree: tree,
    groupId: sha256(utf8('enk/v1 mls group'), sessionId),
    expectedPeerIdentity: couple.a.identity.identityKey,
    nowMs,
  });
}

/** A key package with its private keys, as its owner had it. */
export async function rebuildKeyPackage(log: SecretsLog, publicBytes: Uint8Array, identityKey: Uint8Array) {
  const decoded = decodeMlsMessage(publicBytes, 0)?.[0];
  if (decoded?.wireformat !== 'mls_key_package') throw new Error('no key package');
  const { keyPackage } = decoded;
  const { leafNode, initKey } = keyPackage;
  const privatePackage = {
    initPrivateKey: await log.findXWingSeed(initKey),
    hpkePrivateKey: await log.findXWingSeed(leafNode.hpkePublicKey),
    signaturePrivateKey: concat(
      decodeHex('302e020100300506032b657004220420'),
      log.findEd25519Seed(leafNode.signaturePublicKey),
    ),
  };
  return { publicBytes, identityKey, publicPackage: keyPackage, privatePackage };
}

/** The X-Wing encapsulation of a Welcome's one group secret. */
export function kemOutputOf(welcome: Uint8Array): Uint8Array {
  const decoded = decodeMlsMessage(welcome, 0)?.[0];
  const secret = decoded?.wireformat === 'mls_welcome' ? decoded.welcome.secrets[0] : undefined;
  if (secret === undefined) throw new Error('no Welcome');
  return secret.encryptedGroupSecrets.kemOutput;
}

async function diffieHellman(
  log: SecretsLog,
  ownPublic: Uint8Array,
  peerPublic: Uint8Array,
): Promise<Uint8Array> {
  const secret = log.toJson().x25519[encodeHex(ownPublic)];
  if (secret === undefined) throw new Error('no X25519 key of this platform');
  return computeX25519((await importX25519Secret(decodeHex(secret))).privateKey, peerPublic);
}

function secretOf(log: SecretsLog, ciphertext: Uint8Array): Uint8Array {
  const secret = log.toJson().mlKem[encodeHex(sha256(ciphertext))];
  if (secret === undefined) throw new Error('no ML-KEM secret of this platform');
  return decodeHex(secret);
}

async function openAll(key: Uint8Array, frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const opener = await HandshakeOpener.create(key);
  const plain: Uint8Array[] = [];
  for (const frame of frames) plain.push(await opener.open(frame));
  return plain;
}

function bytesOf(frames: HandshakeValuesInput['frames'], from: Role): Uint8Array[] {
  return frames.filter(frame => frame.from === from).map(({ bytes }) => bytes);
}

function at(pdu: readonly Uint8Array[], index: number): Uint8Array {
  const bytes = pdu[index];
  if (bytes === undefined) throw new Error('frame missing');
  return bytes;
}
