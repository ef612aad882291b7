/**
 * Two Matrix devices in one page, with their home server played by this file: Olm and Megolm of
 * @matrix-org/matrix-sdk-crypto-wasm (vodozemac in WebAssembly, stores in memory). Loaded from /rivals/ at run time, so
 * only the few methods that are called are declared.
 */
import type { Rival } from './rival.ts';

interface Request {
  readonly id: string;
  readonly type: number;
  readonly body: string;
}

interface Machine {
  outgoingRequests(): Promise<readonly Request[]>;
  markRequestAsSent(id: string, type: number, response: string): Promise<unknown>;
  updateTrackedUsers(users: readonly object[]): Promise<unknown>;
  getMissingSessions(users: readonly object[]): Promise<Request | null>;
  getDevice(user: object, device: object): Promise<Device | undefined>;
  receiveSyncChanges(
    events: string,
    devices: object,
    counts: Map<string, number>,
  ): Promise<readonly ToDevice[]>;
  shareRoomKey(room: object, users: readonly object[], settings: object): Promise<readonly Request[]>;
  encryptRoomEvent(room: object, type: string, content: string): Promise<string>;
  decryptRoomEvent(event: string, room: object, settings: object): Promise<{ readonly event: string }>;
}

interface Device {
  encryptToDeviceEvent(type: string, content: object, strategy: object): Promise<string>;
}

interface ToDevice {
  readonly rawEvent: string;
}

interface Library {
  initAsync(): Promise<void>;
  readonly OlmMachine: { initialize(user: object, device: object): Promise<Machine> };
  readonly UserId: new (id: string) => object;
  readonly DeviceId: new (id: string) => object;
  readonly RoomId: new (id: string) => object;
  readonly DeviceLists: new () => object;
  readonly EncryptionSettings: new () => { sharingStrategy: object; rotationPeriodMessages: bigint };
  readonly CollectStrategy: { allDevices(): object };
  readonly DecryptionSettings: new (requirement: number) => object;
  readonly RequestType: { readonly KeysUpload: number; readonly KeysQuery: number };
  readonly TrustRequirement: { readonly Untrusted: number };
}

const [ALICE, BOB, ROOM] = ['@alice:bench', '@bob:bench', '!room:bench'] as const;
const [ALICE_DEVICE, BOB_DEVICE] = ['ALICE', 'BOB'] as const;
const ENCRYPTED = 'm.room.encrypted';

interface Uploaded {
  readonly device_keys: unknown;
  readonly one_time_keys: Readonly<Record<string, unknown>>;
}

/** Olm, then Megolm, each from Alice to Bob. Throws when the library does not run. */
export async function createMatrixRivals(): Promise<readonly Rival[]> {
  const url = '/rivals/@matrix-org/matrix-sdk-crypto-wasm/index.mjs';
  const library = (await import(/* @vite-ignore */ url)) as Library;
  await library.initAsync();
  const start = (user: string, device: string): Promise<Machine> =>
    library.OlmMachine.initialize(new library.UserId(user), new library.DeviceId(device));
  const [alice, bob] = [await start(ALICE, ALICE_DEVICE), await start(BOB, BOB_DEVICE)];
  await introduce(library, alice, bob);
  const device = await alice.getDevice(new library.UserId(BOB), new library.DeviceId(BOB_DEVICE));
  if (device === undefined) throw new Error('Matrix: Bob’s device is unknown to Alice');
  await shareRoomKey(library, alice, bob);
  return [olm(library, device, bob), megolm(library, alice, bob)];
}

async function introduce(library: Library, alice: Machine, bob: Machine): Promise<void> {
  const uploads = { alice: await upload(library, alice), bob: await upload(library, bob) };
  const queryResponse = JSON.stringify({
    device_keys: {
      [ALICE]: { [ALICE_DEVICE]: uploads.alice.device_keys },
      [BOB]: { [BOB_DEVICE]: uploads.bob.device_keys },
    },
    failures: {},
  });
  for (const machine of [alice, bob]) {
    await machine.updateTrackedUsers([new library.UserId(ALICE), new library.UserId(BOB)]);
    for (const { id, type } of await machine.outgoingRequests()) {
      if (type === library.RequestType.KeysQuery) await machine.markRequestAsSent(id, type, queryResponse);
    }
  }
  const claim = await alice.getMissingSessions([new library.UserId(BOB)]);
  if (claim === null) throw new Error('Matrix: nothing to claim');
  const [keyId, key] = Object.entries(uploads.bob.one_time_keys)[0] ?? [];
  if (keyId === undefined) throw new Error('Matrix: Bob uploaded no one-time key');
  const claimResponse = { one_time_keys: { [BOB]: { [BOB_DEVICE]: { [keyId]: key } } }, failures: {} };
  await alice.markRequestAsSent(claim.id, claim.type, JSON.stringify(claimResponse));
}

async function upload(library: Library, machine: Machine): Promise<Uploaded> {
  const requests = await machine.outgoingRequests();
  const request = requests.find(({ type }) => type === library.RequestType.KeysUpload);
  if (request === undefined) throw new Error('Matrix: no keys to upload');
  const counts = { one_time_key_counts: { signed_curve25519: 50 } };
  await machine.markRequestAsSent(request.id, request.type, JSON.stringify(counts));
  return JSON.parse(request.body) as Uploaded;
}

async function shareRoomKey(library: Library, alice: Machine, bob: Machine): Promise<void> {
  const settings = new library.EncryptionSettings();
  settings.rotationPeriodMessages = 10_000n; // More than a run: afterwards the library panics.
  settings.sharingStrategy = library.CollectStrategy.allDevices();
  const users = [new library.UserId(BOB)];
  for (const request of await alice.shareRoomKey(new library.RoomId(ROOM), users, settings)) {
    const { messages } = JSON.parse(request.body) as {
      messages: Record<string, Record<string, unknown> | undefined>;
    };
    await receive(library, bob, JSON.stringify(messages[BOB]?.[BOB_DEVICE]));
    await alice.markRequestAsSent(request.id, request.type, '{}');
  }
}

async function receive(library: Library, bob: Machine, content: string): Promise<readonly ToDevice[]> {
  const events = `[{"sender":"${ALICE}","type":"${ENCRYPTED}","content":${content}}]`;
  return bob.receiveSyncChanges(events, new library.DeviceLists(), new Map([['signed_curve25519', 50]]));
}

function olm(library: Library, device: Device, bob: Machine): Rival {
  return {
    name: 'Matrix Olm (one to one)',
    async encrypt(text) {
      const strategy = library.CollectStrategy.allDevices();
      return device.encryptToDeviceEvent('m.bench', { body: text }, strategy);
    },
    async decrypt(sealed) {
      const [event] = await receive(library, bob, sealed as string);
      const { content } = JSON.parse(event?.rawEvent ?? '{}') as { content?: { body?: string } };
      return content?.body ?? '';
    },
  };
}

function megolm(library: Library, alice: Machine, bob: Machine): Rival {
  const settings = new library.DecryptionSettings(library.TrustRequirement.Untrusted);
  let sent = 0;
  return {
    name: 'Matrix Megolm (group)',
    encrypt: text =>
      alice.encryptRoomEvent(new library.RoomId(ROOM), 'm.room.message', JSON.stringify({ body: text })),
    async decrypt(sealed) {
      const head = `"event_id":"$${sent++}:bench","sender":"${ALICE}","type":"${ENCRYPTED}","room_id":"${ROOM}"`;
      const event = `{${head},"origin_server_ts":${Date.now()},"content":${sealed as string}}`;
      const opened = await bob.decryptRoomEvent(event, new library.RoomId(ROOM), settings);
      const { content } = JSON.parse(opened.event) as { content?: { body?: string } };
      return content?.body ?? '';
    },
  };
}
