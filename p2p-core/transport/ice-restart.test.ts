import { expect } from '@esm-bundle/chai';
import { LinkPair, swapFingerprint } from '../test/support/link-pair.ts';
import type { RestartDescription } from '../ports/transport.ts';

const ufragOf = (sdp: string): string => /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '';

describe('IceRestart', () => {
  let pair: LinkPair;
  afterEach(() => pair.close());

  /** The description that this side makes next. */
  async function nextRestart(side: 'A' | 'B', kind: 'offer' | 'answer'): Promise<RestartDescription> {
    return (await pair.until(side, 'link-restart', ({ restart }) => restart.kind === kind)).restart;
  }

  async function restart(offer: number): Promise<{ offered: string; answered: string }> {
    pair.a.restartIce(offer);
    const made = await pair.until('A', 'link-restart', event => event.restart.offer === offer);
    pair.b.applyRestart(made.restart);
    const answer = await pair.until('B', 'link-restart', event => event.restart.offer === offer);
    pair.a.applyRestart(answer.restart);
    return { offered: made.restart.sdp, answered: answer.restart.sdp };
  }

  async function exchange(): Promise<void> {
    const before = pair.typesAt('B').filter(type => type === 'link-message').length;
    pair.a.send(Uint8Array.of(before));
    await pair.until('B', 'link-message', ({ bytes }) => bytes[0] === before);
  }

  it('P2P-LNK-15: the same link goes on over new credentials and candidates, as often as need be', async () => {
    pair = await new LinkPair().opened();
    const seen = new Set<string>();
    for (const offer of [1, 2, 3]) {
      const { offered, answered } = await restart(offer);
      seen.add(ufragOf(offered)).add(ufragOf(answered));
      expect(offered).to.include('a=candidate:');
      await exchange();
    }
    expect(seen.size, 'new credentials on both sides each time').to.equal(6);
    expect(pair.typesAt('A')).not.to.include('link-closed');
    expect(pair.signals.filter(({ type }) => type !== 'CANDIDATE')).to.have.length(2);
  });

  it('P2P-LNK-15: nothing of a restart leaves by itself', async () => {
    pair = await new LinkPair().opened();
    const before = pair.signals.length;
    await restart(1);
    await exchange();
    expect(pair.signals.length).to.equal(before);
  });

  it('P2P-LNK-15: an offer that nobody answers is followed by another, and its late answer counts for nothing', async () => {
    pair = await new LinkPair().opened();
    pair.a.restartIce(1);
    const lost = await nextRestart('A', 'offer');
    pair.b.applyRestart(lost);
    const late = await nextRestart('B', 'answer');
    const made = restart(2);
    await pair.until('A', 'link-restart', event => event.restart.offer === 2);
    pair.a.applyRestart(late);
    await made;
    await exchange();
    expect(pair.typesAt('A')).not.to.include('link-closed');
  });

  for (const [what, change] of [
    ['another fingerprint', swapFingerprint],
    [
      'a second fingerprint',
      (sdp: string) => `${sdp}${/a=fingerprint.*\r\n/.exec(swapFingerprint(sdp))?.[0]}`,
    ],
    ['a second section', (sdp: string) => `${sdp}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n`],
    ['no fingerprint', (sdp: string) => sdp.replaceAll(/a=fingerprint.*\r\n/g, '')],
  ] as const) {
    it(`P2P-LNK-16: a restart offer with ${what} ends the link before the browser sees it`, async () => {
      pair = await new LinkPair().opened();
      pair.a.restartIce(1);
      const { sdp } = await nextRestart('A', 'offer');
      expect(change(sdp)).not.to.equal(sdp);
      pair.b.applyRestart({ kind: 'offer', offer: 1, sdp: change(sdp) });
      expect((await pair.until('B', 'link-closed')).reason).to.equal('refused-description');
      expect(pair.typesAt('B')).not.to.include('link-restart');
    });
  }

  it('P2P-LNK-16: a restart answer with another fingerprint ends the link', async () => {
    pair = await new LinkPair().opened();
    pair.a.restartIce(1);
    pair.b.applyRestart(await nextRestart('A', 'offer'));
    const { sdp } = await nextRestart('B', 'answer');
    pair.a.applyRestart({ kind: 'answer', offer: 1, sdp: swapFingerprint(sdp) });
    expect((await pair.until('A', 'link-closed')).reason).to.equal('refused-description');
  });

  it('P2P-LNK-15: only the side that made the first offer makes restart offers', async () => {
    pair = await new LinkPair().opened();
    pair.b.restartIce(1);
    await restart(1);
    expect(pair.events.B.filter(({ type }) => type === 'link-restart')).to.have.length(1);
    const { sdp } = await nextRestart('A', 'offer');
    pair.a.applyRestart({ kind: 'offer', offer: 2, sdp });
    expect((await pair.until('A', 'link-closed')).reason).to.equal('refused-description');
  });

  it('P2P-LNK-15: a link that is not open is not restarted', async () => {
    pair = new LinkPair();
    pair.a.restartIce(1);
    pair.a.dial();
    pair.a.restartIce(2);
    await Promise.all([pair.until('A', 'link-open'), pair.until('B', 'link-open')]);
    await restart(3);
    expect(pair.events.A.filter(({ type }) => type === 'link-restart')).to.have.length(1);
  });
});
