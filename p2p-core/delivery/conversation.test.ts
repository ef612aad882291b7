import { expect } from '@esm-bundle/chai';
import { MAX_OUTBOX_MESSAGES_PER_CONTACT } from '../limits.ts';
import { systemClock } from '../ports/clock.ts';
import { Vault } from '../storage/vault.ts';
import type { ContactId } from '../worker/api.ts';
import { Conversation } from './conversation.ts';
import { type HeldPoint, NOTHING_ACKED } from './sequence.ts';

describe('a conversation', () => {
  it('P2P-DEL-04: a message that meets the removal of its contact ends the session, and is no storage failure', async () => {
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    let storageErrors = 0;
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: () => (storageErrors += 1),
    });
    await vault.update(batch => conversation.deleteAll(batch));
    const head = { type: 'message', specVersion: '1.0', incarnation: 'AAAAAAAAAAAAAAAAAAAAAA' } as const;
    const reason = await new Promise(fail => {
      const session = { send: () => Promise.resolve(), hasRoom: true, isFlushed: true, fail };
      void conversation.accept(session, { ...head, seq: 1, text: 'late', sentAt: 1 });
    });
    expect(reason).to.equal('storage');
    expect(storageErrors).to.equal(0);
    await vault.close();
  });

  it('P2P-DEL-07: another message under a known id is not taken for the known one: the session ends', async () => {
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: () => undefined,
    });
    const acks: unknown[] = [];
    const take = (text: string): Promise<string> =>
      new Promise(resolve => {
        const send = async (pdu: Uint8Array): Promise<void> => {
          acks.push(JSON.parse(new TextDecoder().decode(pdu)));
          resolve('acknowledged');
        };
        const session = { send, hasRoom: true, isFlushed: true, fail: resolve };
        const head = { type: 'message', specVersion: '1.0', incarnation: 'AAAAAAAAAAAAAAAAAAAAAA' } as const;
        void conversation.accept(session, { ...head, seq: 1, text, sentAt: 1 });
      });
    expect(await take('by the original')).to.equal('acknowledged');
    expect(await take('by the original'), 'the same again').to.equal('acknowledged');
    expect(await take('by the copy')).to.equal('order');
    expect(acks).to.have.length(2);
    await vault.close();
  });

  it('P2P-DEL-02: messages that are asked for at once are stored in the order of the calls, up to the limit', async function () {
    this.timeout(60_000); // 10,000 records
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    const shown: string[] = [];
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: (_, messages) => shown.push(...messages.map(({ text }) => text)),
      onRemoved: () => undefined,
      onStorageError: () => undefined,
    });
    const texts = Array.from({ length: MAX_OUTBOX_MESSAGES_PER_CONTACT + 1 }, (_, index) => `m${index}`);
    const outcomes = await Promise.allSettled(texts.map(text => conversation.queue(text)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).to.have.length(1);
    expect(outcomes.at(-1)).to.have.nested.property('reason.code', 'outbox-full');
    expect(shown).to.deep.equal(texts.slice(0, -1));
    const { messages } = await conversation.page(null, 2);
    expect(messages.map(({ text, position }) => [text, position])).to.deep.equal(
      texts.slice(-3, -1).map((text, index) => [text, texts.length - 3 + index]),
    );
    const taking = { send: () => Promise.resolve(), hasRoom: false, isFlushed: true, fail: () => undefined };
    await conversation.acknowledge(taking, { incarnation: conversation.acked.incarnation, seq: 1 });
    await conversation.page(null, 1);
    expect((await conversation.queue('room again')).state).to.equal('queued');
    await vault.close();
  });

  it('P2P-DEL-05: an outbox without anything to send is not read: neither room nor an ack costs a transaction', async () => {
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: () => undefined,
    });
    let sent = 0;
    let wake = (): void => undefined;
    const send = (): Promise<void> => {
      sent += 1;
      wake();
      return Promise.resolve();
    };
    const session = { send, hasRoom: true, isFlushed: true, fail: () => undefined };
    conversation.activate(session);
    const isSent = new Promise<void>(resolve => (wake = resolve));
    await conversation.queue('one');
    await isSent;
    await vault.update(() => undefined); // What the sending itself reads is over when this comes.
    let reads = 0;
    const range = vault.range.bind(vault);
    vault.range = (...args) => {
      reads += 1;
      return range(...args);
    };
    conversation.wake();
    await conversation.acknowledge(session, { incarnation: conversation.acked.incarnation, seq: 1 });
    await vault.update(() => undefined);
    expect(sent).to.equal(1);
    expect(reads, 'the acknowledged row is in memory').to.equal(0);
    await vault.close();
  });

  it('P2P-DEL-08: what was renumbered does not leave under its old number as well', async () => {
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: () => undefined,
    });
    for (const text of ['one', 'two']) await conversation.queue(text);
    const sent: Uint8Array[] = [];
    let goOn = (): void => undefined;
    const isSending = new Promise<void>(started => {
      const send = (pdu: Uint8Array): Promise<void> => {
        sent.push(pdu);
        started();
        return new Promise(resolve => {
          goOn = resolve;
        });
      };
      conversation.activate({ send, hasRoom: true, isFlushed: true, fail: () => undefined });
    });
    await isSending;
    const terms = { ackedAtOpen: NOTHING_ACKED, mayResend: true, onReconciled: async () => undefined };
    const ahead = { incarnation: 'AAAAAAAAAAAAAAAAAAAAAA', seq: 1, digest: 'AAAAAAAAAAAAAAAAAAAAAA' };
    expect(await conversation.reconcile([ahead], terms)).to.equal('own-copy-restored');
    goOn();
    await conversation.queue('three'); // a whole unit of work later
    expect(sent).to.have.length(1);
    await vault.close();
  });

  it('P2P-DEL-11: a stranger closes what earlier incarnations brought, also when the current one is in step', async () => {
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: () => undefined,
    });
    const silent = { send: () => Promise.resolve(), hasRoom: false, isFlushed: true, fail: () => undefined };
    await conversation.queue('past');
    await conversation.acknowledge(silent, { incarnation: conversation.acked.incarnation, seq: 1 });
    await vault.update(() => undefined); // behind the acknowledgement's unit of work
    const reconcile = (mayResend: boolean, held: readonly HeldPoint[] = []): Promise<string> =>
      conversation.reconcile(held, {
        ackedAtOpen: conversation.acked,
        mayResend,
        onReconciled: async () => undefined,
      });
    const past = { incarnation: conversation.acked.incarnation, seq: 1, digest: 'AAAAAAAAAAAAAAAAAAAAAA' };
    const ahead = { incarnation: 'AAAAAAAAAAAAAAAAAAAAAA', seq: 1, digest: 'AAAAAAAAAAAAAAAAAAAAAA' };
    expect(await reconcile(true, [past, ahead])).to.equal('own-copy-restored');
    await conversation.queue('waiting');
    expect(await reconcile(false), 'a stranger without anything').to.equal('peer-copy-restored');
    expect(await reconcile(true), 'the same one, by the secret that it has now').to.equal('in-step');
    const sent: string[] = [];
    await new Promise<void>(resolve => {
      const send = async (pdu: Uint8Array): Promise<void> => {
        const { text } = JSON.parse(new TextDecoder().decode(pdu)) as { text: string };
        sent.push(text);
        if (text === 'from now on') resolve();
      };
      conversation.activate({ ...silent, send, hasRoom: true });
      void conversation.queue('from now on');
    });
    expect(sent).to.deep.equal(['waiting', 'from now on']);
    await vault.close();
  });
});
