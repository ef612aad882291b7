import { expect } from '@esm-bundle/chai';
import type { PairSecret } from '../storage/records.ts';
import { addAsAnswerer, addAsDialler, confirmPairSecret } from './pair-secrets.ts';

/** One person's secrets; what a newer one replaced is still looked up, as in the contact book. */
class Side {
  secrets: readonly PairSecret[] = [];
  #known = new Set<string>();

  get ids(): string[] {
    return this.secrets.map(({ id }) => id);
  }

  knows(id: string): boolean {
    return this.#known.has(id);
  }

  put(secrets: readonly PairSecret[]): void {
    this.secrets = secrets;
    for (const { id } of secrets) this.#known.add(id);
  }
}

/** A handshake whose steps happen when the test says so; it begins with the dialler's hello. */
class Handshake {
  readonly id: string;
  readonly #dialler: Side;
  readonly #answerer: Side;
  readonly #offered: readonly string[];
  parentId = '';
  readonly #heldAtOpen: readonly string[];

  constructor(id: string, dialler: Side, answerer: Side) {
    this.id = id;
    this.#dialler = dialler;
    this.#answerer = answerer;
    this.#offered = dialler.ids;
    this.#heldAtOpen = answerer.ids;
  }

  get #made() {
    return { secret: new Uint8Array(32), id: this.id };
  }

  /** The answerer looks up the hello's PSKs, and commits. */
  answererCommits(): void {
    this.parentId = this.#offered.find(id => this.#answerer.knows(id)) ?? '';
    this.#answerer.put(addAsAnswerer(this.#answerer.secrets, this.#made, this.parentId));
  }

  diallerCommits(): void {
    this.#dialler.put(addAsDialler(this.#dialler.secrets, this.#made, this.#offered));
  }

  frameReaches(side: Side): void {
    const replacedIds = this.parentId === '' ? this.#heldAtOpen : [this.parentId];
    const replaced = side === this.#answerer ? replacedIds : [];
    side.put(confirmPairSecret(side.secrets, this.id, replaced));
  }

  complete(): this {
    this.answererCommits();
    this.diallerCommits();
    this.frameReaches(this.#answerer);
    this.frameReaches(this.#dialler);
    return this;
  }
}

function common(alice: Side, bob: Side): string[] {
  return alice.ids.filter(id => bob.ids.includes(id));
}

describe('pair secrets', () => {
  let alice: Side;
  let bob: Side;

  beforeEach(() => {
    [alice, bob] = [new Side(), new Side()];
  });

  it('P2P-SES-12: the previous one stays with the answerer until a frame of the dialler opens, then it goes', () => {
    new Handshake('1', alice, bob).complete();
    const next = new Handshake('2', alice, bob);
    next.answererCommits();
    expect(bob.ids).to.deep.equal(['2', '1']);
    next.diallerCommits();
    expect(alice.ids).to.deep.equal(['2']);
    next.frameReaches(bob);
    expect(bob.ids).to.deep.equal(['2']);
  });

  it('P2P-SES-12: a hello that a whole handshake overtakes leaves a common secret', () => {
    new Handshake('1', alice, bob).complete();
    const late = new Handshake('3', bob, alice);
    new Handshake('2', alice, bob).complete();
    late.answererCommits();
    expect(late.parentId).to.equal('1');
    expect(common(alice, bob), 'its commit lost with the link').to.deep.equal(['2']);
    late.diallerCommits();
    expect(common(alice, bob)).to.deep.equal(['3', '2']);
  });

  it('P2P-SES-12: of two first handshakes that cross, the late one drops nothing that a third made', () => {
    const first = new Handshake('1', alice, bob);
    const late = new Handshake('2', bob, alice);
    first.answererCommits();
    first.diallerCommits();
    const third = new Handshake('3', alice, bob);
    third.answererCommits();
    third.diallerCommits();
    third.frameReaches(bob);
    third.frameReaches(alice);
    late.answererCommits();
    expect(late.parentId).to.equal('');
    expect(common(alice, bob), 'its commit lost with the link').to.include('3');
    late.diallerCommits();
    expect(common(alice, bob)).to.include.members(['2', '3']);
  });

  it('P2P-SES-12: the first frame of a sibling does not drop the child of the other sibling', () => {
    new Handshake('1', alice, bob).complete();
    const [second, third] = [new Handshake('2', alice, bob), new Handshake('3', bob, alice)];
    second.answererCommits();
    second.diallerCommits();
    const fourth = new Handshake('4', bob, alice);
    fourth.answererCommits();
    third.answererCommits();
    third.diallerCommits();
    third.frameReaches(alice);
    third.frameReaches(bob);
    expect(common(alice, bob)).to.include('3');
    fourth.diallerCommits();
    fourth.frameReaches(bob);
    fourth.frameReaches(alice);
    expect(common(alice, bob)).to.include.members(['3', '4']);
  });

  it('P2P-SES-12: handshakes at once leave a common secret in every order of commits and frames, cut off anywhere', () => {
    /** The steps of each handshake in their order; every interleaving of two, every pair of ends. */
    const orders = interleavings(4, 4);
    let runs = 0;
    for (const order of orders)
      for (const ends of [0, 1, 2, 3, 4].flatMap(a => [0, 1, 2, 3, 4].map(b => [a, b] as const))) {
        [alice, bob] = [new Side(), new Side()];
        new Handshake('0', alice, bob).complete();
        const pair = [new Handshake('x', alice, bob), new Handshake('y', bob, alice)] as const;
        const steps = [
          (one: Handshake) => one.answererCommits(),
          (one: Handshake) => one.diallerCommits(),
          (one: Handshake) => one.frameReaches(alice),
          (one: Handshake) => one.frameReaches(bob),
        ];
        const done: [number, number] = [0, 0];
        for (const which of order) {
          const at = done[which]++;
          if (at < ends[which]) steps[at]?.(pair[which]);
          expect(common(alice, bob), `${order.join('')} cut at ${ends.join()}`).to.not.deep.equal([]);
        }
        runs += 1;
      }
    expect(runs).to.equal(70 * 25);
  });

  it('P2P-SES-12: the secret that the peer proved stays, however often the peer loses its commit', () => {
    new Handshake('0', alice, bob).complete();
    for (let round = 1; round < 9; round++) new Handshake(`lost${round}`, alice, bob).answererCommits();
    expect(bob.ids).to.deep.equal(['lost8', 'lost7', '0']);
    new Handshake('1', alice, bob).complete();
    expect(common(alice, bob)).to.deep.equal(['1']);
    expect(bob.ids).to.not.include('0');
  });

  it('P2P-SES-12: a late commit drops what nobody proved to hold rather than what the peer proved', () => {
    const late = new Handshake('1', alice, bob);
    late.answererCommits();
    new Handshake('2', bob, alice).complete();
    for (const id of ['3', '4']) new Handshake(id, bob, alice).answererCommits();
    late.diallerCommits();
    expect(common(alice, bob)).to.deep.equal(['2']);
    expect(alice.ids).to.deep.equal(['1', '4', '2']);
  });

  it('P2P-SES-12: what a peer without a common secret replaces goes when it has committed, not before', () => {
    new Handshake('1', alice, bob).complete();
    const restored = new Side();
    const lost = new Handshake('2', restored, bob);
    lost.answererCommits();
    expect(common(alice, bob), 'it went no further').to.deep.equal(['1']);
    const again = new Handshake('3', restored, bob).complete();
    expect(bob.ids).to.deep.equal([again.id]);
  });

  it('P2P-SES-12: a handshake without a common secret drops nothing that one at the same time made', () => {
    new Handshake('1', alice, bob).complete();
    const copy = new Side();
    copy.put(alice.secrets);
    new Handshake('2', alice, bob).complete();
    new Handshake('3', alice, bob).complete();
    const [late, other] = [new Handshake('4', bob, copy), new Handshake('5', copy, bob)];
    other.complete();
    late.answererCommits();
    expect(late.parentId).to.equal('');
    expect(common(copy, bob), 'its commit lost with the link').to.deep.equal(['5']);
    late.diallerCommits();
    late.frameReaches(copy);
    expect(common(copy, bob)).to.deep.equal(['4', '5']);
  });

  it('P2P-SES-12: at most three generations are kept', () => {
    for (let index = 0; index < 9; index++) new Handshake(`s${index}`, alice, bob).answererCommits();
    expect(bob.ids).to.deep.equal(['s8', 's7', 's6']);
  });
});

/** Every order of `left` steps of 0 and `right` steps of 1. */
function interleavings(left: number, right: number): (0 | 1)[][] {
  if (left === 0 && right === 0) return [[]];
  const of = (which: 0 | 1, rest: (0 | 1)[][]): (0 | 1)[][] => rest.map(order => [which, ...order]);
  return [
    ...(left > 0 ? of(0, interleavings(left - 1, right)) : []),
    ...(right > 0 ? of(1, interleavings(left, right - 1)) : []),
  ];
}
