/**
 * A thief of one side's vault: identity secrets, pair secrets, exporter; no memory of a connection. Passive: it has
 * what was on the wire and tries every key that its loot could lead to.
 */
import { createAesState } from '../../aes/aes-state.ts';
import { aesLayer } from '../../aes/aes-layer.ts';
import { decodeBase64Url } from '../../bytes/base64url.ts';
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { HandshakeOpener } from '../../handshake/handshake-record.ts';
import type { Role, TappedFrame } from '../../handshake/handshake.fixture.ts';
import { deriveHelloSecrets } from '../../handshake/key-schedule.ts';
import { computeSessionId, encodePrologue } from '../../handshake/transcript.ts';
import type { Endpoint } from '../../handshake/transcript.ts';
import { computeX25519, importX25519Secret } from '../../identity/x25519.ts';

/** What was stolen, and what else is given to the attacker program. */
export interface Loot {
  /** X25519 secrets, 32 bytes each. */
  readonly dhSecrets: readonly Uint8Array[];
  /** Pair secrets and exporter. */
  readonly secrets: readonly Uint8Array[];
}

/** What the wire showed of one connection. */
export interface WireRecord {
  readonly ends: Readonly<Record<Role, Endpoint>>;
  readonly handshake: readonly TappedFrame[];
  /** Payload frames of A, from the first. */
  readonly payload: readonly Uint8Array[];
}

/** How many handshake PDUs and payload frames open by anything that the loot gives. */
export async function countOpened(loot: Loot, wire: WireRecord): Promise<{ pdus: number; payload: number }> {
  const [helloA, helloB] = (['A', 'B'] as const).map(role => helloOf(wire, role));
  if (helloA === undefined || helloB === undefined) throw new RangeError('no hellos');
  const keys = [ephemeralKeyOf(helloA), ephemeralKeyOf(helloB)];
  const shared: Uint8Array[] = [new Uint8Array(32), ...loot.secrets];
  for (const secret of loot.dhSecrets) {
    const { privateKey } = await importX25519Secret(secret);
    for (const key of keys) shared.push(await computeX25519(privateKey, key));
  }
  const prologue = encodePrologue(wire.ends.A, wire.ends.B);
  let [pdus, payload] = [0, 0];
  for (const psk of [new Uint8Array(32), ...loot.secrets]) {
    for (const dh of shared) {
      for (const pskKind of [0, 1, 2] as const) {
        const sessionId = computeSessionId({ prologue, helloA, helloB, pskKind });
        const { handshakeKeyA, handshakeKeyB } = deriveHelloSecrets(psk, dh, sessionId);
        pdus += await countPdus(wire, 'A', handshakeKeyA);
        pdus += await countPdus(wire, 'B', handshakeKeyB);
      }
    }
  }
  for (const root of loot.secrets) payload += await countPayload(wire, root);
  return { pdus, payload };
}

function helloOf({ handshake }: WireRecord, role: Role): Uint8Array | undefined {
  return handshake.find(({ from, index }) => from === role && index === 0)?.bytes.subarray(2);
}

function ephemeralKeyOf(hello: Uint8Array): Uint8Array {
  const { ephemeralKey } = JSON.parse(decodeUtf8(hello)) as { ephemeralKey: string };
  return decodeBase64Url(ephemeralKey);
}

async function countPdus({ handshake }: WireRecord, from: Role, key: Uint8Array): Promise<number> {
  const opener = await HandshakeOpener.create(key);
  let opened = 0;
  for (const frame of handshake.filter(({ from: sender, index }) => sender === from && index > 0)) {
    opened += await opener.open(frame.bytes).then(
      () => 1,
      () => 0,
    );
  }
  return opened;
}

/** As if a stolen secret were the root of the record layer: its outermost keys at least. */
async function countPayload({ payload }: WireRecord, root: Uint8Array): Promise<number> {
  const [first] = payload;
  if (first === undefined) throw new RangeError('no payload');
  let opened = 0;
  for (const role of ['A', 'B'] as const) {
    const state = await createAesState({ role, root: root.slice(), th1: new Uint8Array(32), nowMs: 0 });
    opened += await aesLayer.open(state, first).then(
      () => 1,
      () => 0,
    );
  }
  return opened;
}
