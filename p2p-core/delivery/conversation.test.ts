import { expect } from '@esm-bundle/chai';
import { systemClock } from '../ports/clock.ts';
import { Vault } from '../storage/vault.ts';
import type { ContactId } from '../worker/api.ts';
import { Conversation } from './conversation.ts';

describe('a conversation', () => {
  it('P2P-DEL-04: a message that meets the removal of its contact ends the session, and is no storage failure', async () => {
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    let storageErrors = 0;
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: () => undefined,
      onStorageError: () => (storageErrors += 1),
    });
    await vault.update(batch => conversation.deleteAll(batch));
    const head = { type: 'message', specVersion: '1.0', incarnation: 'AAAAAAAAAAAAAAAAAAAAAA' } as const;
    const reason = await new Promise(fail => {
      const session = { send: () => Promise.resolve(), hasRoom: true, fail };
      void conversation.accept(session, { ...head, seq: 1, text: 'late', sentAt: 1 });
    });
    expect(reason).to.equal('storage');
    expect(storageErrors).to.equal(0);
    await vault.close();
  });

  it('P2P-DEL-08: what was renumbered does not leave under its old number as well', async () => {
    const vault = await Vault.open(`test-${crypto.randomUUID()}`);
    const conversation = await Conversation.open(vault, 'contact' as ContactId, systemClock, {
      onMessages: () => undefined,
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
      conversation.activate({ send, hasRoom: true, fail: () => undefined });
    });
    await isSending;
    const ahead = { incarnation: 'AAAAAAAAAAAAAAAAAAAAAA', seq: 1, digest: 'AAAAAAAAAAAAAAAAAAAAAA' };
    expect(await conversation.reconcile([ahead], 0, true)).to.equal('own-copy-restored');
    goOn();
    await conversation.queue('three'); // a whole unit of work later
    expect(sent).to.have.length(1);
    await vault.close();
  });
});
