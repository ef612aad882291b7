/** The page that screenshots and accessibility checks open: `?state=NAME` draws that state over the whole window. */
import { PRODUCT_STATES } from './states.ts';
import './gallery-window.ts';
import { violations } from '../../elements/chat/test/axe.ts';

const stage = document.createElement('div');
stage.id = 'stage';
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  html { --enk-motion: 0ms; }
  html, body, #stage { height: 100%; margin: 0; }
  enk-test-provider { display: contents; }
  enk-chat, enk-settings { display: block; height: 100%; }
  html { color-scheme: inherit; background: light-dark(#f7f7f8, #17181c); }
  enk-unlock, .release-host, enk-release-alarm { height: 100%; }
  enk-release { max-width: 40rem; margin: auto; padding: 24px 16px; }
  enk-vault-settings { max-width: 40rem; margin: auto; padding: 24px 16px; }
  enk-diagnostics { max-width: 40rem; margin: auto; padding: 24px 16px; }
  *, *::before, *::after { animation: none !important; transition: none !important; caret-color: transparent; }
`);
document.adoptedStyleSheets = [sheet];
document.documentElement.lang = 'en';
document.title = 'Enkrypted';
document.body.append(stage);
let shown: HTMLElement | undefined;

window.gallery = {
  names: PRODUCT_STATES.map(({ name }) => name),
  async show(name, theme) {
    const state = PRODUCT_STATES.find(candidate => candidate.name === name);
    if (!state) throw new Error(`no state ${name}`);
    document.documentElement.style.setProperty('color-scheme', theme);
    shown = await state.show(stage);
    await document.fonts.ready;
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  },
  check: () => (shown ? violations(shown) : Promise.resolve(['nothing is shown'])),
};
