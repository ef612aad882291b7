import { expect } from '@esm-bundle/chai';
import { SFU_RENEW_RETRY_MS } from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { CallId, CallMediaCommand, SfuPlace, SfuRoom } from '../ports/call-media.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContactId } from '../worker/api.ts';
import { CallTopology, sfuTag, type TopologyCall } from './call-topology.ts';

const CALL = 'AAAAAAAAAAAAAAAAAAAAAA' as CallId;
const [BEN, CLEO] = ['ben', 'cleo'] as unknown as [ContactId, ContactId];
const room = (url = 'wss://sfu.example/', apiToken = 'a'): SfuRoom => ({
  url,
  room: CALL,
  apiToken,
  roomToken: 'r',
});
const place = (url?: string, apiToken?: string): SfuPlace => ({ ...room(url, apiToken), ttlMs: 1_000 });

describe('the topology of a call', () => {
  let isHost: boolean;
  let host: ContactId | null;
  let hasVideo: boolean;
  let others: ContactId[];
  let mayFollow: boolean;
  let timers: { delayMs: number; run: () => void }[];
  let commands: CallMediaCommand[];
  let sent: [ContactId, PduBody][];
  let topology: CallTopology;

  beforeEach(() => {
    isHost = true;
    host = null;
    hasVideo = true;
    others = [BEN, CLEO];
    mayFollow = true;
    [timers, commands, sent] = [[], [], []];
    topology = new CallTopology(call());
  });

  const offered = (fromMembers: number | null): void =>
    topology.mediaEvent({ type: 'media-sfu-offered', call: CALL, fromMembers });
  const placed = (given: SfuPlace | null): void =>
    topology.mediaEvent({ type: 'media-sfu-place', call: CALL, place: given });
  const state = (now: 'connected' | 'lost' | 'failed'): void =>
    topology.mediaEvent({ type: 'media-sfu-state', call: CALL, state: now });
  const asked = (): string[] =>
    commands.flatMap(command => (command.type === 'media-ask-sfu' ? [command.room] : []));
  const used = (): (SfuRoom | null)[] =>
    commands.flatMap(command => (command.type === 'media-topology' ? [command.sfu] : []));
  const heard = (sfu: SfuRoom | null) =>
    ({ type: 'call-topology', call: CALL, specVersion: '1.0', sfu }) as const;
  const told = (sfu: SfuRoom | null): PduBody => ({ type: 'call-topology', call: CALL, sfu });

  it('P2P-CAL-30: a mesh until it is too large: seven with video, or as many as the broker says', () => {
    offered(null);
    others = Array.from({ length: 5 }, (_, index) => `m${index}` as unknown as ContactId);
    topology.changed();
    expect(asked()).to.deep.equal([]);
    others.push(BEN);
    hasVideo = false;
    topology.changed();
    expect(asked(), 'ten can hear each other').to.deep.equal([]);
    hasVideo = true;
    topology.changed();
    expect(asked()).to.have.length(1);
    expect(asked()[0]).to.match(/^[A-Za-z0-9_-]{22}$/);
    topology.changed();
    expect(asked(), 'asked once').to.have.length(1);
  });

  it('P2P-CAL-36: nothing is asked without an SFU, nor by who does not decide', () => {
    others = Array.from({ length: 9 }, (_, index) => `m${index}` as unknown as ContactId);
    topology.changed();
    isHost = false;
    host = BEN;
    offered(2);
    expect(asked()).to.deep.equal([]);
  });

  it('P2P-CAL-36: who decides tells everybody the room, and newcomers; tokens are renewed before they end', () => {
    offered(3);
    placed(place());
    expect(used()).to.deep.equal([room()]);
    expect(sent).to.deep.equal([
      [BEN, told(room())],
      [CLEO, told(room())],
    ]);
    topology.tell(CLEO);
    expect(sent[2]).to.deep.equal([CLEO, told(room())]);
    expect(timers.map(({ delayMs }) => delayMs)).to.deep.equal([800]);
    timers[0]?.run();
    placed(place('wss://sfu.example/', 'renewed'));
    expect(asked()[1], 'of the same room').to.equal(CALL);
    expect(used()[1]).to.deep.equal(room('wss://sfu.example/', 'renewed'));
  });

  it('P2P-CAL-36: who decides after another has gone renews the tokens of the room, and goes on doing so', () => {
    isHost = false;
    host = BEN;
    offered(3);
    topology.receive(BEN, heard(room()));
    expect(asked()).to.deep.equal([]);
    [isHost, host] = [true, null];
    others = [CLEO];
    topology.changed();
    topology.changed();
    expect(asked(), 'at once, and once: when they end is not told').to.deep.equal([CALL]);
    placed(null);
    expect(timers.map(({ delayMs }) => delayMs)).to.deep.equal([SFU_RENEW_RETRY_MS]);
    topology.changed();
    timers[0]?.run();
    placed(place('wss://sfu.example/', 'renewed'));
    expect(asked()).to.have.length(2);
    expect(used().at(-1)).to.deep.equal(room('wss://sfu.example/', 'renewed'));
    expect(sent).to.deep.equal([[CLEO, told(room('wss://sfu.example/', 'renewed'))]]);
    expect(timers[1]?.delayMs).to.equal(800);
    topology.changed();
    expect(asked()).to.have.length(2);
  });

  it('P2P-CAL-34: who decides asks for the room again whenever the way to the SFU is lost', () => {
    offered(2);
    placed(place());
    state('lost');
    state('lost');
    expect(asked().slice(1), 'one question at a time').to.deep.equal([CALL]);
    placed(null);
    state('lost');
    placed(place('wss://other.example/'));
    expect(used().at(-1), 'another SFU serves').to.deep.equal(room('wss://other.example/'));
  });

  it('P2P-CAL-35: given up by us or for another member it is a mesh, for the rest of the call', () => {
    for (const giveUp of [() => state('failed'), () => topology.receive(CLEO, heard(null))]) {
      offered(2);
      placed(place());
      giveUp();
      expect(used().at(-1)).to.equal(null);
      expect(sent.at(-1)).to.deep.equal([CLEO, told(null)]);
      const before = asked().length;
      topology.changed();
      state('lost');
      placed(place());
      expect(asked().length).to.equal(before);
      expect(used().at(-1)).to.equal(null);
      topology = new CallTopology(call());
    }
  });

  it('P2P-CAL-36: only what a member before us says holds, and only over TLS; who cannot reach the SFU tells who decides', () => {
    isHost = false;
    host = BEN;
    const receive = (from: ContactId, sfu: SfuRoom | null): void => topology.receive(from, heard(sfu));
    receive(CLEO, room());
    receive(BEN, room('ws://sfu.example/'));
    receive(BEN, room('wss://user:secret@sfu.example/'));
    expect(used()).to.deep.equal([]);
    receive(BEN, room());
    expect(used()).to.deep.equal([room()]);
    state('failed');
    expect(sent).to.deep.equal([[BEN, told(null)]]);
    expect(used(), 'it goes when that is decided').to.deep.equal([room()]);
    receive(BEN, null);
    expect(used()).to.deep.equal([room(), null]);
  });

  it('P2P-CAL-32: a member’s name at an SFU follows from group and identity, and from nothing that the SFU has', () => {
    const [group, key] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    expect(sfuTag(group, key)).to.match(/^[A-Za-z0-9_-]{22}$/);
    expect(sfuTag(group, key)).to.equal(sfuTag(group.slice(), key.slice()));
    expect(sfuTag(new Uint8Array(32), key)).not.to.equal(sfuTag(group, key));
    expect(sfuTag(group, new Uint8Array(32))).not.to.equal(sfuTag(group, key));
  });

  it("P2P-CAL-36: a device that may not speak to a member's SFU says that it cannot, and does not", () => {
    isHost = false;
    mayFollow = false;
    topology.receive(BEN, heard(room()));
    expect(used()).to.deep.equal([]);
    expect(sent).to.deep.equal([[BEN, told(null)]]);
  });

  it('P2P-CAL-35: who is only being rung ends nothing; once in the call it does', () => {
    offered(3);
    topology.changed();
    placed(place());
    const newcomer = 'dora' as unknown as ContactId;
    topology.receive(newcomer, heard(null));
    expect(topology.isSfu).to.equal(true);
    others.push(newcomer);
    topology.changed();
    expect(topology.isSfu).to.equal(false);
  });

  function call(): TopologyCall {
    const setTimer = (delayMs: number, run: () => void) => {
      timers.push({ delayMs, run });
      return () => undefined;
    };
    return {
      id: CALL,
      clock: { setTimer } as unknown as Clock,
      ownTag: 'own',
      others: () => others,
      hasVideo: () => hasVideo,
      isHost: () => isHost,
      host: () => host,
      mayFollow: () => mayFollow,
      isBefore: contactId => contactId === BEN,
      send: (contactId, body) => sent.push([contactId, body]),
      media: command => commands.push(command),
    };
  }
});
