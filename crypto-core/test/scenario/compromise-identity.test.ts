/** Identity key and vault stolen: what it opens, what an impostor can do with it, and how it shows. */
import { expect } from '@esm-bundle/chai';
import { encodeHex } from '../../bytes/hex.ts';
import { utf8 } from '../../bytes/utf8.ts';
import { CryptoCoreError } from '../../errors.ts';
import { attempt, failureOf, outcomes, PEER_IDS } from '../../handshake/handshake.fixture.ts';
import type { Attempt, Overrides, TappedFrame } from '../../handshake/handshake.fixture.ts';
import { pairPsk } from '../../handshake/psk.ts';
import type { Psk } from '../../handshake/psk.ts';
import { generateIdentitySecrets, importIdentity } from '../../identity/identity.ts';
import type { IdentityKeys, IdentitySecrets } from '../../identity/identity.ts';
import { countOpened } from '../compromise/vault-thief.ts';
import type { Loot, WireRecord } from '../compromise/vault-thief.ts';
import { onSeededPlatform } from '../golden/seeded-platform.ts';

const ENDS = {
  A: { peerId: PEER_IDS.A, fingerprint: new Uint8Array(32).fill(0xa1) },
  B: { peerId: PEER_IDS.B, fingerprint: new Uint8Array(32).fill(0xb2) },
} as const;

interface Person {
  readonly secrets: IdentitySecrets;
  readonly keys: IdentityKeys;
}

/** One connection of two people, its wire, and the private ephemeral keys by public key. */
interface Connection {
  readonly run: Attempt;
  readonly wire: WireRecord;
  readonly ephemeral: ReadonlyMap<string, Uint8Array>;
}

async function makePerson(): Promise<Person> {
  const secrets = await generateIdentitySecrets();
  const kept = { ed25519Seed: secrets.ed25519Seed.slice(), x25519Secret: secrets.x25519Secret.slice() };
  return { secrets: kept, keys: await importIdentity(secrets) };
}

function overrides(a: Person, b: Person, psks: readonly Psk[], known: readonly Psk[]): Overrides {
  const [own, remote] = [ENDS.A.fingerprint, ENDS.B.fingerprint];
  const nowMs = (): number => Date.now();
  return {
    identityA: a.keys,
    identityB: b.keys,
    contextA: { localFingerprint: own, remoteFingerprint: remote, nowMs },
    contextB: { localFingerprint: remote, remoteFingerprint: own, nowMs },
    policyA: { psks },
    knownPsks: known,
  };
}

/** Connects, and lets A say two things. */
function connect(name: string, a: Person, b: Person, psks: readonly Psk[]): Promise<Connection> {
  return onSeededPlatform(`compromise ${name}`, async platform => {
    const run = await attempt(overrides(a, b, psks, psks));
    const payload: Uint8Array[] = [];
    const { session } = outcomes(run).a;
    session.attach({ emit: frame => void payload.push(frame), nowMs: Date.now });
    for (const text of ['one', 'two']) await session.seal(utf8(text));
    const handshake: readonly TappedFrame[] = run.frames;
    return { run, wire: { ends: ENDS, handshake, payload }, ephemeral: platform.privateKeys.X25519 };
  });
}

function pairSecretOf({ run }: Connection): Uint8Array {
  return outcomes(run).a.result.pairSecret;
}

/** All that A's vault and its last connection's result hold. */
function lootOf({ secrets }: Person, connections: readonly Connection[]): Loot {
  const results = connections.map(({ run }) => outcomes(run).a.result);
  return {
    dhSecrets: [secrets.x25519Secret, secrets.ed25519Seed],
    secrets: results.flatMap(({ pairSecret, exporter }) => [pairSecret, exporter]),
  };
}

describe('identity key and vault stolen', function () {
  this.timeout(120_000);
  let alice: Person;
  let bob: Person;
  let first: Connection;
  let second: Connection;
  let loot: Loot;

  before(async () => {
    [alice, bob] = [await makePerson(), await makePerson()];
    first = await connect('first', alice, bob, []);
    second = await connect('second', alice, bob, [pairPsk(pairSecretOf(first))]);
    loot = lootOf(alice, [first, second]); // current and previous pair secret, both exporters
  });

  it('CC-CMP-06: opens nothing of the recorded connections, handshake and messages', async () => {
    expect(await countOpened(loot, first.wire)).to.deep.equal({ pdus: 0, payload: 0 });
    expect(await countOpened(loot, second.wire)).to.deep.equal({ pdus: 0, payload: 0 });
  });

  it('CC-CMP-06: a passive thief opens nothing of the next connection either', async () => {
    const third = await connect('third', alice, bob, [pairPsk(pairSecretOf(second))]);
    expect(await countOpened(loot, third.wire)).to.deep.equal({ pdus: 0, payload: 0 });
  });

  it('CC-CMP-06: the same program opens every PDU once it is given one ephemeral key: it is a real attacker', async () => {
    for (const connection of [first, second]) {
      const hello = connection.wire.handshake.find(({ from, index }) => from === 'A' && index === 0);
      const { ephemeralKey } = JSON.parse(new TextDecoder().decode(hello?.bytes.subarray(2))) as {
        ephemeralKey: string;
      };
      const hex = encodeHex(Uint8Array.from(atob(base64(ephemeralKey)), text => text.charCodeAt(0)));
      const ephemeral = connection.ephemeral.get(hex);
      expect(ephemeral).not.to.equal(undefined);
      const more = { ...loot, dhSecrets: [...loot.dhSecrets, ephemeral ?? new Uint8Array(32)] };
      expect((await countOpened(more, connection.wire)).pdus).to.equal(7 + 6);
    }
  });

  it('CC-CMP-07: an impostor with identity and pair secret finishes a handshake as its victim', async () => {
    const psk = pairPsk(pairSecretOf(second));
    const impostor: Person = { secrets: alice.secrets, keys: await importIdentity(copyOf(alice.secrets)) };
    const run = await attempt(overrides(impostor, bob, [psk], [psk]));
    const { b } = outcomes(run);
    expect(b.result.peer.identityKey).to.deep.equal(alice.keys.identityKey);
    expect(b.result.pskKind).to.equal(2);
  });

  it('CC-CMP-07: after its first message the victim finds no common pair secret: restored or cloned', async () => {
    const stolen = pairPsk(pairSecretOf(second));
    const impostor: Person = { secrets: alice.secrets, keys: await importIdentity(copyOf(alice.secrets)) };
    const taken = outcomes(await attempt(overrides(impostor, bob, [stolen], [stolen])));
    // Bob dropped the previous pair secret with the impostor's first frame (CC-HS-21).
    const bobKnows = [pairPsk(taken.b.result.pairSecret)];
    const { a, b } = outcomes(await attempt(overrides(alice, bob, [stolen], bobKnows)));
    expect([a.result.pskKind, b.result.pskKind]).to.deep.equal([0, 0]);
    expect(b.result.peer.identityKey).to.deep.equal(alice.keys.identityKey);
  });

  it('CC-CMP-07: an impostor that says nothing stays unseen: both pair secrets of Bob still serve', async () => {
    const stolen = pairPsk(pairSecretOf(second));
    const impostor: Person = { secrets: alice.secrets, keys: await importIdentity(copyOf(alice.secrets)) };
    const taken = outcomes(await attempt(overrides(impostor, bob, [stolen], [stolen])));
    const bobKnows = [pairPsk(taken.b.result.pairSecret), stolen];
    const { a } = outcomes(await attempt(overrides(alice, bob, [stolen], bobKnows)));
    expect(a.result.pskKind).to.equal(2);
  });

  it('CC-CMP-07: the loot does not make its holder somebody else: Alice recognises herself and strangers', async () => {
    const psk = pairPsk(pairSecretOf(second));
    const mirrored: Person = { secrets: alice.secrets, keys: await importIdentity(copyOf(alice.secrets)) };
    const asAlice = await attempt(overrides(alice, mirrored, [psk], [psk]));
    expect(failureOf(asAlice.a)).to.equal('own-identity');
    const stranger = await makePerson();
    const expectsBob: Overrides['policyA'] = {
      psks: [psk],
      authorize: async ({ identityKey }) => {
        if (encodeHex(identityKey) === encodeHex(bob.keys.identityKey)) return;
        throw new CryptoCoreError('identity-refused');
      },
    };
    const asStranger = await attempt({ ...overrides(alice, stranger, [psk], [psk]), policyA: expectsBob });
    expect(failureOf(asStranger.a)).to.equal('identity-refused');
    expect([asAlice.commits.A.length, asStranger.commits.A.length]).to.deep.equal([0, 0]);
    expect(asStranger.frames.some(({ from, index }) => from === 'A' && index > 3)).to.equal(false);
  });
});

function copyOf({ ed25519Seed, x25519Secret }: IdentitySecrets): IdentitySecrets {
  return { ed25519Seed: ed25519Seed.slice(), x25519Secret: x25519Secret.slice() };
}

function base64(base64url: string): string {
  return base64url.replaceAll('-', '+').replaceAll('_', '/');
}
