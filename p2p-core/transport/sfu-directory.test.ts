import { expect } from '@esm-bundle/chai';
import { readSfuAnswer, SfuDirectory } from './sfu-directory.ts';

const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA';
const PLACE = {
  url: 'wss://sfu.example/',
  apiToken: '1,janus:x=',
  roomToken: '1,room:y=',
  ttlSeconds: 3_600,
};

describe('the SFU that a broker offers', () => {
  it('P2P-CAL-36: an offer says for calls of how many; anything malformed is none', () => {
    for (const fromMembers of [null, 2, 7]) {
      expect(readSfuAnswer({ fromMembers })).to.deep.equal({ kind: 'offer', offer: { fromMembers } });
    }
    for (const payload of [null, 7, [], {}, { fromMembers: 1 }, { fromMembers: 2.5 }, { fromMembers: '3' }]) {
      expect(readSfuAnswer(payload)).to.deep.equal({ kind: 'offer', offer: null });
    }
  });

  it('P2P-CAL-36: a place is whole, over TLS or on loopback, or none', () => {
    const read = (change: object): unknown => {
      const answer = readSfuAnswer({ room: ROOM, place: { ...PLACE, ...change } });
      return answer.kind === 'place' ? answer.place : answer;
    };
    const { url, apiToken, roomToken } = PLACE;
    expect(read({})).to.deep.equal({ url, room: ROOM, apiToken, roomToken, ttlMs: 3_600_000 });
    expect(read({ url: 'ws://127.0.0.1:8188/' })).not.to.equal(null);
    for (const change of [
      { url: 'ws://sfu.example/' },
      { url: 'https://sfu.example/' },
      { url: 'wss://user:secret@sfu.example/' },
      { url: `wss://sfu.example/${'x'.repeat(256)}` },
      { apiToken: '' },
      { roomToken: 'with space' },
      { apiToken: 'x'.repeat(257) },
      { ttlSeconds: 1 },
      { ttlSeconds: 90_000 },
      { ttlSeconds: '60' },
    ]) {
      expect(read(change), JSON.stringify(change).slice(0, 60)).to.equal(null);
    }
    expect(readSfuAnswer({ room: 'short', place: PLACE })).to.deep.equal({ kind: 'offer', offer: null });
  });

  it('P2P-CAL-36: an answer settles the question for its room, and no other', async () => {
    const directory = new SfuDirectory();
    const asked: string[] = [];
    const first = directory.place(ROOM, () => asked.push('first'));
    directory.take({ room: `${ROOM.slice(0, 21)}Q`, place: PLACE });
    directory.take({ fromMembers: 3 });
    const again = directory.place(ROOM, () => asked.push('again'));
    directory.take({ room: ROOM, place: PLACE });
    expect(await first).to.equal(null);
    expect((await again)?.url).to.equal(PLACE.url);
    expect(asked).to.deep.equal(['first', 'again']);
    expect(directory.offer).to.deep.equal({ fromMembers: 3 });
  });
});
