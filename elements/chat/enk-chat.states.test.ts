import { expect } from '@esm-bundle/chai';
import { violations } from './test/axe.ts';
import { deepElements, showState } from './test/show-state.ts';
import { makeStage } from './test/stage.ts';
import { CHAT_STATES } from './test/states.ts';

/** Elements that stick out of the stage to the side, by name. Dialogs and screen reader words do not count. */
function overflowing(stage: HTMLElement): readonly string[] {
  const { left, right } = stage.getBoundingClientRect();
  const names: string[] = [];
  for (const element of deepElements(stage)) {
    if (element.closest('dialog, .words, enk-avatar, enk-qr, svg') || isInDialog(element)) continue;
    if (getComputedStyle(element).display === 'inline') continue; // What cuts it off is measured.
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > right + 1 || box.left < left - 1))
      names.push(`${element.localName}.${element.getAttribute('class') ?? ''}`);
  }
  return names;
}

function isInDialog(element: Element): boolean {
  const root = element.getRootNode();
  if (element.localName === 'enk-dialog' || element.closest('enk-dialog')) return true;
  return root instanceof ShadowRoot && isInDialog(root.host);
}

describe('enk-chat in every state', () => {
  let stage: HTMLElement | undefined;
  afterEach(() => stage?.remove());

  for (const state of CHAT_STATES) {
    it(`${state.name}: axe finds nothing in light, one pane at 320 px without overflow`, async () => {
      stage = makeStage({ widthPx: 320, theme: 'light' });
      await showState(state, stage);
      expect(overflowing(stage)).to.deep.equal([]);
      expect(await violations(stage)).to.deep.equal([]);
    });

    it(`${state.name}: axe finds nothing in dark, two panes`, async () => {
      stage = makeStage({ widthPx: 1000, theme: 'dark' });
      await showState(state, stage);
      expect(overflowing(stage)).to.deep.equal([]);
      expect(await violations(stage)).to.deep.equal([]);
    });
  }
});
