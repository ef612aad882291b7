import { expect } from '@esm-bundle/chai';
import type { PairSecret } from '../storage/records.ts';
import { addPairSecret, confirmPairSecret, offeredPairSecrets } from './pair-secrets.ts';

const made = (id: string, parentId: string) => ({ secret: new Uint8Array(32), id, parentId });
const ids = (secrets: readonly PairSecret[]): string[] => secrets.map(({ id }) => id);

describe('pair secrets', () => {
  it('P2P-SES-12: the previous one stays until a frame of the peer opens, then it goes', () => {
    const first = confirmPairSecret(addPairSecret([], made('s1', 'invite')), 's1');
    const second = addPairSecret(first, made('s2', 's1'));
    expect(ids(second)).to.deep.equal(['s2', 's1']);
    expect(ids(confirmPairSecret(second, 's2'))).to.deep.equal(['s2']);
  });

  it('P2P-SES-12: handshakes that ran at once leave a common secret in every order of commits and frames', () => {
    const orders = [
      ['x', 'y'],
      ['y', 'x'],
    ] as const;
    const base = confirmPairSecret(addPairSecret([], made('s0', '')), 's0');
    for (const aliceCommits of orders)
      for (const bobCommits of orders)
        for (const aliceConfirms of orders)
          for (const bobConfirms of orders) {
            const run = (commits: readonly string[], confirms: readonly string[]): PairSecret[] => {
              let secrets = base;
              for (const id of commits) secrets = addPairSecret(secrets, made(id, 's0'));
              for (const id of confirms) secrets = confirmPairSecret(secrets, id);
              return secrets;
            };
            const alice = run(aliceCommits, aliceConfirms);
            const bob = run(bobCommits, bobConfirms);
            const common = ids(offeredPairSecrets(alice)).find(id => ids(bob).includes(id));
            const commonOfBob = ids(offeredPairSecrets(bob)).find(id => ids(alice).includes(id));
            expect(common).to.be.a('string');
            expect(common, 'both choose the same one').to.equal(commonOfBob);
          }
  });

  it('P2P-SES-12: the secret that the peer proved stays, however often the peer loses its commit', () => {
    let secrets = confirmPairSecret(addPairSecret([], made('s0', 'invite')), 's0');
    for (let round = 1; round < 9; round++) secrets = addPairSecret(secrets, made(`lost${round}`, 's0'));
    expect(ids(secrets)).to.deep.equal(['lost8', 'lost7', 's0']);
    expect(ids(confirmPairSecret(addPairSecret(secrets, made('s1', 's0')), 's1'))).to.not.include('s0');
  });

  it('P2P-SES-12: a session without a common secret starts anew', () => {
    const before = addPairSecret(
      confirmPairSecret(addPairSecret([], made('s1', 'p')), 's1'),
      made('s2', 's1'),
    );
    expect(ids(addPairSecret(before, made('fresh', '')))).to.deep.equal(['fresh']);
  });

  it('P2P-SES-12: at most three generations are kept', () => {
    let secrets: PairSecret[] = [];
    for (let index = 0; index < 9; index++) secrets = addPairSecret(secrets, made(`s${index}`, `p${index}`));
    expect(ids(secrets)).to.deep.equal(['s8', 's7', 's6']);
  });
});
