/** V4, V6 (standard), V8, V10 and V11: vectors of real handshakes and of the sessions that they give. */
import { pairPsk, type Psk } from '../../handshake/psk.ts';
import { splitIntoChunks } from '../../bulk/chunks.ts';
import { makeCouple, makePsk, recordHandshake, type HandshakeJson } from './handshake-vector.ts';
import type { SeededPlatform } from './seeded-platform.ts';
import { countingBytes, RecordedSession, type SessionJson } from './session-vector.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** V4: the handshake without a PSK, and with an invite's. */
export async function makeHandshakes(platform: SeededPlatform): Promise<{ handshakes: HandshakeJson[] }> {
  const couple = await makeCouple();
  const invite = makePsk(1);
  const bare = await recordHandshake(platform, { name: 'no PSK', couple });
  const invited = await recordHandshake(platform, {
    name: 'invite',
    couple,
    offered: [invite],
    known: [invite],
  });
  return { handshakes: [bare.json, invited.json] };
}

/** V6, standard: a file of 9,000 bytes in chunks of 4,096 through the whole cascade, between PDUs. */
export async function makeStandardBulk(platform: SeededPlatform): Promise<SessionJson> {
  const session = await startSession(platform, 'bulk');
  await session.seal('A', '{"type":"example","specVersion":"1.0","says":"a file follows"}');
  for (const chunk of splitIntoChunks(countingBytes(9_000), 4_096)) await session.sealBulk('A', chunk);
  await session.sealBulk('B', new Uint8Array(0));
  await session.settle();
  return session.toJson();
}

/** V8: a conversation both ways, with every bucket up to 8 KiB, crossing messages, rekey and rotation. */
export async function makeConversation(platform: SeededPlatform): Promise<SessionJson> {
  const session = await startSession(platform, 'conversation');
  await session.seal('A', '{"type":"message","specVersion":"1.0","text":"Hello Bob"}');
  await session.open('B');
  await session.seal('B', '{"type":"message","specVersion":"1.0","text":"Hello Alice ✓"}');
  await session.seal('A', new Uint8Array(0)); // crossing
  await session.settle();
  for (const [index, size] of [127, 128, 129, 1_024, 1_025, 5_000].entries()) {
    await session.seal(index % 2 === 0 ? 'A' : 'B', countingBytes(size, index));
    if (index % 3 === 2) await session.settle();
  }
  await session.sealBulk('B', countingBytes(1_000));
  await session.settle();
  session.wait(10 * MINUTE_MS); // B's turn to rekey
  await session.seal('A', 'ten minutes later');
  await session.settle();
  await session.seal('B', 'after the rekey');
  await session.seal('A', 'after the rekey, crossing');
  await session.settle();
  session.wait(HOUR_MS); // both rekey and rotate
  await session.seal('A', 'an hour later');
  await session.seal('B', 'an hour later, crossing');
  await session.settle();
  await session.seal('B', 'the end');
  await session.seal('A', 'indeed');
  await session.settle();
  return session.toJson();
}

/** V10: reconnects with the present and the previous pair secret, and with one that B does not know. */
export async function makeReconnects(platform: SeededPlatform): Promise<{ handshakes: HandshakeJson[] }> {
  const couple = await makeCouple();
  const invite = makePsk(1);
  const first = await recordHandshake(platform, {
    name: 'first: invite',
    couple,
    offered: [invite],
    known: [invite],
  });
  const [current, previous, foreign] = [first.a.result.pairSecret, makePsk(2).secret, makePsk(2).secret].map(
    secret => pairPsk(secret),
  ) as [Psk, Psk, Psk];
  const reconnect = async (name: string, offered: Psk[], known: Psk[]): Promise<HandshakeJson> => {
    const recorded = await recordHandshake(platform, {
      name,
      couple,
      offered,
      known,
      knowsEachOther: true,
    });
    return recorded.json;
  };
  return {
    handshakes: [
      first.json,
      await reconnect('current pair secret', [current, previous, invite], [current, previous]),
      await reconnect('previous pair secret', [previous, invite], [current, previous]),
      await reconnect('no common pair secret', [foreign, invite], [current, previous]),
    ],
  };
}

/** V11: rekey after 50 messages; rotations by one side and by both at once; both kinds at once. */
export async function makeRotations(
  platform: SeededPlatform,
): Promise<{ rekeyByCount: SessionJson; rotations: SessionJson }> {
  const couple = await makeCouple();
  const start = async (name: string): Promise<RecordedSession> =>
    new RecordedSession(platform, await recordHandshake(platform, { name, couple }));
  const counted = await start('rekey by count');
  for (let i = 0; i < 50; i++) await counted.seal('A', `message ${i}`); // one-way: B offers on receipt
  await counted.settle();
  await counted.seal('A', 'under generation 1');
  await counted.seal('B', 'under generation 1, too');
  await counted.settle();

  const rotated = await start('rotations');
  await rotated.seal('A', 'generation 0');
  await rotated.settle();
  rotated.wait(HOUR_MS);
  await rotated.seal('A', 'A begins'); // A's half follows; B answers with its own
  await rotated.settle();
  await rotated.seal('B', 'generation 1');
  await rotated.settle();
  rotated.wait(HOUR_MS);
  await rotated.seal('B', 'both begin');
  await rotated.seal('A', 'both begin, too');
  await rotated.settle();
  await rotated.seal('A', 'generation 2');
  await rotated.seal('B', 'generation 2, too');
  await rotated.settle();
  rotated.wait(HOUR_MS);
  for (let i = 0; i < 3; i++) {
    await rotated.seal('A', `crossing ${i}`);
    await rotated.seal('B', `crossing ${i}`);
  }
  await rotated.settle();
  await rotated.seal('B', 'generation 3');
  await rotated.settle();
  return { rekeyByCount: await counted.toJson(), rotations: await rotated.toJson() };
}

async function startSession(platform: SeededPlatform, name: string): Promise<RecordedSession> {
  const couple = await makeCouple();
  return new RecordedSession(platform, await recordHandshake(platform, { name, couple }));
}
