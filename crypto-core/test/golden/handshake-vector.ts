/**
 * One recorded handshake: both sides' inputs, every frame, the secrets a decoder starts from, and every value of
 * the key schedule. The values are computed by the package's own functions from the recorded secrets alone, in
 * handshake-values.ts.
 */
import { encodeHex } from '../../bytes/hex.ts';
import { randomBytes } from '../../bytes/random.ts';
import {
  attempt,
  flightOf,
  outcomes,
  PEER_IDS,
  type Overrides,
  type Role,
} from '../../handshake/handshake.fixture.ts';
import type { Psk } from '../../handshake/psk.ts';
import type { HandshakeOutcome } from '../../handshake/types.ts';
import { generateIdentitySecrets, type IdentityKeys, importIdentity } from '../../identity/identity.ts';
import { computeHandshakeValues, type HandshakeValues } from './handshake-values.ts';
import { SecretsLog, type SecretsJson } from './secrets.ts';
import type { SeededPlatform } from './seeded-platform.ts';

export interface PskJson {
  readonly kind: 1 | 2;
  readonly id: string;
  readonly secret: string;
}

export interface SideJson {
  readonly peerId: string;
  readonly fingerprint: string;
  readonly identitySeed: string;
  readonly dhSecret: string;
  readonly identityKey: string;
  readonly dhKey: string;
  readonly knowsPeer: boolean;
}

export interface HandshakeJson {
  readonly name: string;
  readonly nowMs: number;
  readonly a: SideJson;
  readonly b: SideJson;
  readonly psksOffered: readonly PskJson[];
  readonly psksKnown: readonly PskJson[];
  readonly frames: readonly { readonly from: Role; readonly flight: number; readonly bytes: string }[];
  readonly secrets: SecretsJson;
  readonly values: HandshakeValues;
  /** What the two `HandshakeResult`s said, where both agree. */
  readonly result: {
    readonly sessionId: string;
    readonly pskKind: number;
    readonly pairSecret: string;
    readonly exporter: string;
  };
}

/** Two people with devices. */
export interface Couple {
  readonly a: Person;
  readonly b: Person;
}

interface Person {
  readonly identity: IdentityKeys;
  readonly ed25519Seed: Uint8Array;
  readonly x25519Secret: Uint8Array;
}

export async function makeCouple(): Promise<Couple> {
  return { a: await makePerson(), b: await makePerson() };
}

async function makePerson(): Promise<Person> {
  const secrets = await generateIdentitySecrets();
  return { identity: await importIdentity(secrets), ...secrets };
}

/** A fresh PSK. */
export function makePsk(kind: 1 | 2): Psk {
  return { kind, id: randomBytes(16), secret: randomBytes(32) };
}

export interface HandshakeOptions {
  readonly name: string;
  readonly couple: Couple;
  readonly offered?: readonly Psk[];
  readonly known?: readonly Psk[];
  readonly knowsEachOther?: boolean;
}

export interface RecordedHandshake {
  readonly json: HandshakeJson;
  readonly log: SecretsLog;
  readonly a: HandshakeOutcome;
  readonly b: HandshakeOutcome;
}

const FINGERPRINTS = { A: new Uint8Array(32).fill(0xa1), B: new Uint8Array(32).fill(0xb2) } as const;

/** Runs and records one handshake. */
export async function recordHandshake(
  platform: SeededPlatform,
  { name, couple, offered = [], known = [], knowsEachOther = false }: HandshakeOptions,
): Promise<RecordedHandshake> {
  const { nowMs } = platform;
  const clock = { nowMs: () => platform.nowMs };
  const overrides: Overrides = {
    identityA: couple.a.identity,
    identityB: couple.b.identity,
    contextA: { ...clock, localFingerprint: FINGERPRINTS.A, remoteFingerprint: FINGERPRINTS.B },
    contextB: { ...clock, localFingerprint: FINGERPRINTS.B, remoteFingerprint: FINGERPRINTS.A },
    policyA: { psks: offered, knowsPeer: knowsEachOther },
    policyB: { knowsPeer: async () => knowsEachOther },
    knownPsks: known,
  };
  const attempted = await attempt(overrides);
  const { a, b } = outcomes(attempted);
  const log = new SecretsLog(platform);
  for (const person of [couple.a, couple.b]) log.addX25519(person.identity.dhKey, person.x25519Secret);
  const input = {
    nowMs,
    frames: attempted.frames.map(({ from, bytes }) => ({ from, bytes })),
    psk: a.result.psk,
    couple,
    peerIds: PEER_IDS,
    fingerprints: FINGERPRINTS,
    log,
  };
  const values = await computeHandshakeValues(input);
  const json: HandshakeJson = {
    name,
    nowMs,
    a: sideJson('A', couple.a, knowsEachOther),
    b: sideJson('B', couple.b, knowsEachOther),
    psksOffered: offered.map(pskJson),
    psksKnown: known.map(pskJson),
    frames: attempted.frames.map(({ from, index, bytes }) => ({
      from,
      flight: flightOf(from, index),
      bytes: encodeHex(bytes),
    })),
    secrets: log.toJson(),
    values,
    result: resultJson(a, b),
  };
  return { json, log, a, b };
}

function resultJson(a: HandshakeOutcome, b: HandshakeOutcome): HandshakeJson['result'] {
  const pick = ({ result }: HandshakeOutcome) => ({
    sessionId: encodeHex(result.sessionId),
    pskKind: result.pskKind,
    pairSecret: encodeHex(result.pairSecret),
    exporter: encodeHex(result.exporter),
  });
  const [ofA, ofB] = [pick(a), pick(b)];
  if (JSON.stringify(ofA) !== JSON.stringify(ofB)) throw new Error('the two sides disagree');
  return ofA;
}

function sideJson(role: Role, person: Person, knowsPeer: boolean): SideJson {
  return {
    peerId: PEER_IDS[role],
    fingerprint: encodeHex(FINGERPRINTS[role]),
    identitySeed: encodeHex(person.ed25519Seed),
    dhSecret: encodeHex(person.x25519Secret),
    identityKey: encodeHex(person.identity.identityKey),
    dhKey: encodeHex(person.identity.dhKey),
    knowsPeer,
  };
}

function pskJson({ kind, id, secret }: Psk): PskJson {
  return { kind, id: encodeHex(id), secret: encodeHex(secret) };
}
