import { expect } from '@esm-bundle/chai';
import { ICE_RESTART_RETRY_MS, LIVENESS_IDLE_MS, LIVENESS_PROBE_MS } from '../limits.ts';
import { type PathEvent, type PathState, startPath, transitionPath } from './path-machine.ts';

/** A path whose timers and time the test runs. */
class Path {
  nowMs = 1_000;
  timerMs = 0;
  readonly did: string[] = [];
  state: PathState;

  constructor() {
    const { state, effects } = startPath(this.nowMs);
    this.state = state;
    this.#note(effects);
  }

  tell(event: PathEvent): this {
    const { state, effects } = transitionPath(this.state, event, this.nowMs);
    this.state = state;
    this.#note(effects);
    return this;
  }

  /** Time passes until the timer fires. */
  wait(): this {
    this.nowMs += this.timerMs;
    return this.tell({ type: 'due' });
  }

  #note(effects: ReturnType<typeof startPath>['effects']): void {
    for (const effect of effects) {
      if (effect.type === 'set-timer') this.timerMs = effect.delayMs;
      else this.did.push(effect.type === 'report' ? `report ${effect.isConnected}` : effect.type);
    }
  }
}

const lost = (): Path => new Path().tell({ type: 'ice', isUp: false });

describe('path machine', () => {
  it('P2P-SES-25: asks after LIVENESS_IDLE_MS of silence, and never while it hears the other', () => {
    const path = new Path();
    for (let i = 0; i < 5; i++) {
      path.nowMs += LIVENESS_IDLE_MS / 2;
      path.tell({ type: 'heard' });
    }
    path.tell({ type: 'due' });
    expect(path.did).to.deep.equal([]);
    expect(path.timerMs).to.equal(LIVENESS_IDLE_MS);
    path.wait();
    expect(path.did).to.deep.equal(['ping']);
    expect(path.timerMs).to.equal(LIVENESS_PROBE_MS);
    expect(path.tell({ type: 'heard' }).state.kind).to.equal('alive');
  });

  it('P2P-SES-25: a peer that is gone without a word is noticed within both times', () => {
    const path = new Path().wait().wait();
    expect(path.nowMs - 1_000).to.equal(LIVENESS_IDLE_MS + LIVENESS_PROBE_MS);
    expect(path.did).to.deep.equal(['ping', 'report false', 'restart']);
  });

  it('P2P-SES-25: a clock that is set back does not make the wait longer', () => {
    const path = new Path();
    path.nowMs -= 3_600_000;
    path.tell({ type: 'due' });
    expect(path.timerMs).to.be.at.most(LIVENESS_IDLE_MS);
  });

  it('P2P-SES-26: a wake-up asks at once; a new network seeks a new path too', () => {
    expect(new Path().tell({ type: 'wake' }).did).to.deep.equal(['ping']);
    const path = new Path().tell({ type: 'new-network' });
    expect(path.did).to.deep.equal(['restart', 'ping']);
    expect(path.state.kind).to.equal('probing');
    expect(path.tell({ type: 'heard' }).state.kind).to.equal('alive');
    expect(path.did).not.to.include('report false');
  });

  it('P2P-SES-27: a lost path is restarted at once, again and again, and on every occasion', () => {
    const path = lost();
    expect(path.did).to.deep.equal(['report false', 'restart']);
    expect(path.timerMs).to.equal(ICE_RESTART_RETRY_MS);
    path.wait().wait();
    for (const type of ['wake', 'new-network', 'registered'] as const) path.tell({ type });
    expect(path.did.filter(effect => effect === 'restart')).to.have.length(6);
    expect(path.state.kind).to.equal('lost');
  });

  it('P2P-SES-27: what was on its way when ICE lost the path does not count as a path; ICE does', () => {
    const path = lost().tell({ type: 'heard' });
    expect(path.state.kind).to.equal('lost');
    path.tell({ type: 'ice', isUp: true });
    expect(path.did.slice(2)).to.deep.equal(['report true', 'ping']);
    expect(path.tell({ type: 'heard' }).state.kind).to.equal('alive');
  });

  it('P2P-SES-25: after silence only a frame brings the path back, and it is asked for', () => {
    const path = new Path().wait().wait().wait();
    expect(path.did).to.deep.equal(['ping', 'report false', 'restart', 'ping', 'restart']);
    expect(path.tell({ type: 'heard' }).did.at(-1)).to.equal('report true');
  });

  it('P2P-SES-27: a path that ICE brought back and where nobody answers is lost again', () => {
    const path = lost().tell({ type: 'ice', isUp: true }).wait();
    expect(path.did.slice(-2)).to.deep.equal(['report false', 'restart']);
    expect(path.state).to.deep.equal({ kind: 'lost', isIceUp: true });
  });
});
