/**
 * What every engine of the Signal layer must do, whoever computes it: the same suite for our own and for
 * libsignal-protocol-typescript.
 */
import { expect } from '@esm-bundle/chai';
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { randomBytes } from '../../bytes/random.ts';
import { utf8 } from '../../bytes/utf8.ts';
import { wipe } from '../../bytes/wipe.ts';
import type { SignalEngine } from '../../signal/engine.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';
import { damagedForms, expectCode, flip } from '../support/rejections.ts';
import { agree, clone, makeSession, type Session, Side, sizeOf } from './engine-session.ts';

const ENGINES: readonly SignalEngine[] = [enkSignalEngine, libsignalEngine];
const PING_PONGS = 1_000;
const MAX_SKIP = 1_000;
/** Of a state after ping-pong; what a few keys and numbers need in any representation. */
const MAX_STATE_BYTES = 4_096;

const body = randomBytes(100);

/** A message from one side to the other. */
async function send(from: Side, to: Side): Promise<void> {
  expect(await to.open(await from.seal(body))).to.deep.equal(body);
}

/** Expects a refusal that leaves the state as it was. */
async function expectRefused(side: Side, message: Uint8Array): Promise<void> {
  const before = clone(side.state);
  await expectCode('protocol-error', () => side.open(message));
  expect(side.state).to.deep.equal(before);
}

for (const engine of ENGINES) {
  describe(`Signal engine ${engine.name}: key agreement`, () => {
    it('CC-ENG-02: both sides get one export key, and the first message is TH0', async () => {
      const { agreement, response } = await makeSession(engine);
      const { initiation, initiationInput } = agreement;
      expect(response.firstPlaintext).to.deep.equal(initiationInput.sessionId);
      expect(response.exportKey).to.deep.equal(initiation.exportKey);
      expect(response.exportKey).to.have.length(32);
      expect(initiation.ephemeralKey).to.have.length(32);
      expect(initiation.kemCiphertext).to.have.length(1_088);
      expect(initiation.message.length).to.be.within(1, 512);
    });

    it('CC-ENG-02: no two sessions share an export key or an ephemeral key', async () => {
      const { initiation, initiationInput } = await agree(engine);
      const again = await engine.initiate(initiationInput);
      expect(again.exportKey).not.to.deep.equal(initiation.exportKey);
      expect(again.ephemeralKey).not.to.deep.equal(initiation.ephemeralKey);
      expect(again.message).not.to.deep.equal(initiation.message);
    });

    it('CC-ENG-02, CC-ENG-06: another KEM ciphertext gives another export key, or none', async () => {
      const { initiation, responseInput } = await agree(engine);
      const other = await agree(engine);
      for (const kemCiphertext of [other.initiation.kemCiphertext, flip(initiation.kemCiphertext, 9)]) {
        const response = await engine.respond({ ...responseInput, kemCiphertext }).catch(() => null);
        expect(response?.exportKey).not.to.deep.equal(initiation.exportKey);
      }
    });

    it('CC-ENG-02: refuses another identity, ephemeral key or session than the message was made for', async () => {
      const { responseInput } = await agree(engine);
      const other = (await agree(engine)).responseInput;
      const { peerIdentityDh, peerEphemeralKey, message, identity, signedPrekey } = other;
      for (const change of [
        { peerIdentityDh },
        { peerEphemeralKey },
        { message },
        { identity },
        { signedPrekey },
      ]) {
        await expectCode('protocol-error', () => engine.respond({ ...responseInput, ...change }));
      }
      await engine.respond(responseInput);
    });

    it('CC-ENG-02: refuses keys of small order and KEM keys of a wrong form', async () => {
      const { initiationInput, responseInput } = await agree(engine);
      for (const change of [
        { peerSignedPrekey: new Uint8Array(32) },
        { peerIdentityDh: new Uint8Array(32) },
        { peerKemPrekey: new Uint8Array(1_183) },
        { peerKemPrekey: new Uint8Array(1_184).fill(0xff) },
      ]) {
        await expectCode('protocol-error', () => engine.initiate({ ...initiationInput, ...change }));
      }
      for (const change of [
        { peerEphemeralKey: new Uint8Array(32) },
        { peerIdentityDh: new Uint8Array(32) },
      ]) {
        await expectCode('protocol-error', () => engine.respond({ ...responseInput, ...change }));
      }
    });

    it('CC-ENG-03: every damaged form of the first message is refused', async function () {
      this.timeout(120_000);
      const { responseInput } = await agree(engine);
      for (const message of damagedForms(responseInput.message)) {
        await expectCode('protocol-error', () => engine.respond({ ...responseInput, message }));
      }
      await engine.respond(responseInput);
    });
  });

  describe(`Signal engine ${engine.name}: messages`, function () {
    this.timeout(120_000);
    let session: Session;
    beforeEach(async () => {
      session = await makeSession(engine);
    });

    it('CC-ENG-03: either side may send first, and both at once', async () => {
      const fromB = [await session.b.seal(body), await session.b.seal(body)];
      const fromA = [await session.a.seal(body), await session.a.seal(body)];
      for (const message of fromB) expect(await session.a.open(message)).to.deep.equal(body);
      for (const message of fromA) expect(await session.b.open(message)).to.deep.equal(body);
      await send(session.b, session.a);
      await send(session.a, session.b);
    });

    it('CC-ENG-03: tells how far its present chains are, and a new chain starts at 0', async () => {
      for (let i = 0; i < 3; i++) await send(session.a, session.b);
      const progress = (side: Side) => engine.progress(side.state);
      // The first message of A's chain was the handshake's.
      expect([progress(session.a).sent, progress(session.b).received]).to.deep.equal([4, 4]);
      await send(session.b, session.a);
      expect(progress(session.a).received).to.equal(progress(session.b).sent);
      await send(session.a, session.b);
      expect([progress(session.a).sent, progress(session.b).received]).to.deep.equal([1, 1]);
    });

    it('CC-ENG-03: carries an empty message and one of 192 KiB', async () => {
      for (const size of [0, 1, 15, 16, 17, 196_608]) {
        const plaintext = new Uint8Array(size).fill(size);
        expect(await session.b.open(await session.a.seal(plaintext))).to.deep.equal(plaintext);
      }
    });

    it('CC-ENG-03: late messages open across DH ratchet steps, once', async () => {
      const { a, b } = session;
      await send(b, a);
      await send(a, b);
      const late = [await a.seal(utf8('1')), await a.seal(utf8('2')), await a.seal(utf8('3'))] as const;
      for (let round = 0; round < 3; round++) {
        await send(b, a);
        await send(a, b);
      }
      expect(await b.open(late[2])).to.deep.equal(utf8('3'));
      expect(await b.open(late[0])).to.deep.equal(utf8('1'));
      await send(b, a);
      expect(await b.open(late[1])).to.deep.equal(utf8('2'));
      for (const message of late) await expectRefused(b, message);
    });

    it('CC-ENG-03: 50 messages open in reversed order', async () => {
      const messages: Uint8Array[] = [];
      for (let i = 0; i < 50; i++) messages.push(await session.a.seal(Uint8Array.of(i)));
      for (let i = 49; i >= 0; i--) {
        expect(await session.b.open(messages[i] as Uint8Array)).to.deep.equal(Uint8Array.of(i));
      }
    });

    it('CC-ENG-03: a replay is refused and changes nothing', async () => {
      const { a, b } = session;
      const first = await a.seal(body);
      await b.open(first);
      await expectRefused(b, first);
      await send(b, a);
      const second = await a.seal(body);
      await b.open(second);
      for (const message of [first, second]) await expectRefused(b, message);
      await send(a, b);
    });

    it('CC-ENG-03: every damaged form is refused and changes nothing, header included', async () => {
      const { a, b } = session;
      await send(b, a);
      await send(a, b);
      await send(b, a);
      const message = await a.seal(body);
      for (const damaged of damagedForms(message)) await expectRefused(b, damaged);
      expect(await b.open(message)).to.deep.equal(body);
    });

    it('CC-ENG-03: a message that was reflected, or is of another session, is refused', async () => {
      const { a, b } = session;
      const message = await a.seal(body);
      await expectRefused(a, message);
      await expectRefused((await makeSession(engine)).b, message);
      expect(await b.open(message)).to.deep.equal(body);
    });

    it('CC-ENG-03: sealing and opening leave the state that they were given as it was', async () => {
      const { a, b } = session;
      const [stateA, stateB] = [clone(a.state), clone(b.state)];
      const { bytes } = await engine.layer.seal(a.state, body);
      await engine.layer.open(b.state, bytes);
      expect(a.state).to.deep.equal(stateA);
      expect(b.state).to.deep.equal(stateB);
    });

    it('CC-ENG-03: once what was consumed is wiped, the state before can make the message no more', async () => {
      const { next, bytes, consumed } = await engine.layer.seal(session.a.state, body);
      wipe(...consumed);
      const again = await engine.layer.seal(session.a.state, body).catch(() => null);
      expect(again?.bytes).not.to.deep.equal(bytes);
      const opened = await engine.layer.open(session.b.state, bytes);
      wipe(...opened.consumed);
      await expectCode('protocol-error', () => engine.layer.open(session.b.state, bytes));
      await expectCode('protocol-error', () => engine.layer.open(opened.next, bytes));
      await send(new Side(engine, next), new Side(engine, opened.next));
    });

    it('CC-ENG-03: a jump of 1,000 keys is followed, one more is refused', async () => {
      const { a, b } = session;
      await send(a, b);
      for (let i = 0; i < MAX_SKIP; i++) await a.seal(body);
      const reachable = await a.seal(body);
      const tooFar = await a.seal(body);
      await expectRefused(b, tooFar);
      expect(await b.open(reachable)).to.deep.equal(body);
      expect(await b.open(tooFar)).to.deep.equal(body);
    });

    it('CC-ENG-03: whoever has a whole state cannot open what was opened before', async () => {
      const { a, b } = session;
      const recorded = [await a.seal(body), await b.seal(body)] as const;
      await b.open(recorded[0]);
      await a.open(recorded[1]);
      for (const thief of [a.steal(), b.steal()]) {
        for (const message of recorded) await expectCode('protocol-error', () => thief.open(message));
      }
    });

    it('CC-ENG-03: a stolen state opens what comes next, but nothing after one round trip', async () => {
      const { a, b } = session;
      await send(b, a);
      await send(a, b);
      const thief = b.steal();
      const next = await a.seal(body);
      await b.open(next);
      expect(await thief.open(next)).to.deep.equal(body);
      // B's answer carries a key that B made before the theft; its next one was made after.
      await send(b, a);
      const known = await a.seal(body);
      await b.open(known);
      await thief.open(known);
      await send(b, a);
      const healed = await a.seal(body);
      await expectCode('protocol-error', () => thief.open(healed));
      expect(await b.open(healed)).to.deep.equal(body);
    });

    it(`CC-ENG-03: a state stays small over ${PING_PONGS} ping-pongs`, async () => {
      for (let i = 0; i < PING_PONGS; i++) {
        await send(session.a, session.b);
        await send(session.b, session.a);
      }
      expect(sizeOf(session.a.state)).to.be.below(MAX_STATE_BYTES);
      expect(sizeOf(session.b.state)).to.be.below(MAX_STATE_BYTES);
    });

    it('CC-ENG-03: a wiped state opens and seals nothing', async () => {
      const { a, b } = session;
      const message = await a.seal(body);
      engine.wipe(b.state);
      const refused = await b.open(message).then(
        () => false,
        () => true,
      );
      expect(refused).to.equal(true);
    });

    it('CC-ENG-03: sessions of one realm do not disturb each other', async () => {
      const others = await Promise.all([makeSession(engine), makeSession(engine), makeSession(engine)]);
      await Promise.all(
        [session, ...others].map(async ({ a, b }) => {
          for (let i = 0; i < 10; i++) {
            await send(a, b);
            await send(b, a);
          }
        }),
      );
    });
  });
}
