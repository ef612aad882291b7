/** What others send, in frames: it tries to get out, and a frame without our walls shows that the attempts would work. */
import { expect } from '@esm-bundle/chai';
import {
  disarm,
  drawingDocument,
  pageDocument,
  scriptDocument,
  type FrameDocument,
} from './frame/frame-document.ts';
import { parseFrameEvent } from './frame/frame-messages.ts';
import { until } from './test/show-preview.ts';

/** Says who it is to the page, takes what it can of it, and leads it away. */
const ATTACK = `
  parent.postMessage('script ran', '*');
  try { parent.document.body.dataset.taken = 'yes'; parent.postMessage('parent reached', '*'); } catch {}
  try { localStorage.setItem('x', 'y'); parent.postMessage('storage reached', '*'); } catch {}
  try { top.location = 'about:blank#away'; } catch {}
`;
const HOSTILE_HTML = `<title>t</title><p id=shown>words</p><script>${ATTACK}</script>
  <img src=x onerror="${ATTACK.replaceAll('"', '&quot;')}"><body onload="${ATTACK.replaceAll('"', '&quot;')}">
  <meta http-equiv=refresh content="0;url=/elements/preview/sandbox.test.ts">
  <iframe srcdoc="<script>${ATTACK}</script>"></iframe><a href="javascript:${ATTACK}" id=link>go</a>
  <form action="https://elsewhere.invalid/"><button id=send>send</button></form>`;
const HOSTILE_SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" onload="${ATTACK.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}">
  <script>${ATTACK}</script><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="&lt;script>${ATTACK.replaceAll('"', '&quot;')}&lt;/script>"/></foreignObject>
  <rect width="10" height="10"/></svg>`;

interface Shown {
  readonly frame: HTMLIFrameElement;
  readonly said: unknown[];
  loads: number;
}

/** A control says `null`: no sandbox attribute at all. */
async function show(html: string, sandbox: FrameDocument['sandbox'] | null): Promise<Shown> {
  const shown: Shown = { frame: document.createElement('iframe'), said: [], loads: 0 };
  const { frame } = shown;
  const listen = (event: MessageEvent): void => {
    if (event.source === frame.contentWindow) shown.said.push(event.data);
  };
  window.addEventListener('message', listen);
  frame.addEventListener('load', () => shown.loads++);
  if (sandbox !== null) frame.setAttribute('sandbox', sandbox);
  frame.src = URL.createObjectURL(new Blob([html], { type: 'text/html;charset=utf-8' }));
  document.body.append(frame);
  await until(() => shown.loads > 0);
  await settled(frame);
  return shown;
}

/** What a document does by itself comes within some tasks; another frame is loaded meanwhile. */
async function settled(frame: HTMLIFrameElement): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const other = document.createElement('iframe');
    const loaded = new Promise(resolve => other.addEventListener('load', resolve));
    other.srcdoc = String(round);
    frame.after(other);
    await loaded;
    other.remove();
  }
}

const reaches = (frame: HTMLIFrameElement): boolean => {
  try {
    return frame.contentDocument !== null;
  } catch {
    return false;
  }
};

describe('documents of others', () => {
  const address = location.href;
  afterEach(() => {
    document.body.replaceChildren();
    delete document.body.dataset['taken'];
    expect(location.href).to.equal(address);
  });

  it('would reach this page without a frame of ours: the attempts work', async () => {
    const attack = ATTACK.replace(/.*top\.location.*/u, '');
    const { said } = await show(`<script>${attack}</script>`, null);
    expect(said).to.include.members(['script ran', 'parent reached', 'storage reached']);
    expect(document.body.dataset['taken']).to.equal('yes');
    localStorage.removeItem('x');
  });

  it('HTML runs nothing, reaches nothing and goes nowhere', async () => {
    const { html, sandbox } = pageDocument(HOSTILE_HTML);
    const shown = await show(html, sandbox);
    expect(shown.said).to.deep.equal([]);
    expect(shown.loads).to.equal(1);
    expect(document.body.dataset['taken']).to.equal(undefined);
    expect(reaches(shown.frame)).to.equal(false);
  });

  it('SVG is drawn as an image that runs nothing', async () => {
    const { html, sandbox } = drawingDocument(new TextEncoder().encode(HOSTILE_SVG), '"><script>');
    expect(sandbox).to.equal('');
    const shown = await show(html, sandbox);
    expect(shown.said).to.deep.equal([]);
    expect(reaches(shown.frame)).to.equal(false);
  });

  it('each wall holds alone: policy and content without the sandbox, sandbox without the policy', async () => {
    const { html } = pageDocument(HOSTILE_HTML);
    const open = await show(html, 'allow-scripts');
    expect(open.said, 'the policy alone').to.deep.equal([]);
    const bare = await show(HOSTILE_HTML, '');
    expect(bare.said, 'the sandbox alone').to.deep.equal([]);
  });

  it('the script of ours runs by its hash, without an origin, and no other script does', async () => {
    const text = "parent.postMessage(`ran as ${origin}`, '*');";
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', new TextEncoder().encode(text)));
    const integrity = `sha384-${btoa(String.fromCharCode(...digest))}`;
    const { html, sandbox } = scriptDocument({ text, integrity }, 'a');
    const ours = await show(html, sandbox);
    expect(ours.said).to.deep.equal(['ran as null']);
    const changed = await show(scriptDocument({ text: `${text} `, integrity }, 'a').html, sandbox);
    expect(changed.said).to.deep.equal([]);
    const added = await show(html.replace('</script>', `</script><script>${ATTACK}</script>`), sandbox);
    expect(added.said).to.deep.equal(['ran as null']);
  });

  it('nothing that leads out is left in HTML, however it is written', () => {
    const parsed = new DOMParser();
    const hostile = [
      '<a href=x>',
      '<A\nHREF=x>',
      '<a/href=x>',
      '</a><a>',
      '<link rel=preconnect href=//x>',
      '<LiNk rel=dns-prefetch href=//x>',
      '<base href=//x>',
      '<meta http-equiv=refresh content=0>',
      '<iframe src=x>',
      '<svg><a xlink:href=x><text>t</text></a></svg>',
      '<!--><link rel=preload href=x>-->',
      '<title><link></title><link>',
      '<textarea></textarea><form action=x>',
      '<<a>',
      '<p <a href=x>',
      '<noscript><link rel=preconnect href=//x></noscript>',
      '<template shadowrootmode=open><a href=x>y</a></template>',
      '<math href=x><mi href=x>y</mi></math>',
      '<a',
    ];
    for (const html of hostile) {
      const page = parsed.parseFromString(disarm(html), 'text/html');
      const found = page.querySelectorAll('a, area, base, link, meta, form, iframe, object, embed, math');
      expect(
        [...found].map(({ outerHTML }) => outerHTML),
        html,
      ).to.deep.equal([]);
    }
    expect(disarm('<abbr>a < b</abbr> <article>')).to.equal('<abbr>a < b</abbr> <article>');
  });

  it('a frame can ask for bytes of its own document alone, and press three keys', () => {
    expect(parseFrameEvent({ kind: 'range', id: 1, offset: 90, length: 10 }, 100)).to.not.equal(null);
    const refused = [
      null,
      'ready',
      { kind: 'range', id: 1, offset: 91, length: 10 },
      { kind: 'range', id: 1, offset: -1, length: 10 },
      { kind: 'range', id: 1, offset: 0, length: 1e9 },
      { kind: 'range', id: 1.5, offset: 0, length: 1 },
      { kind: 'key', key: 'Enter' },
      { kind: 'failed', reason: 'constructor' },
      { kind: 'drawn', pages: '1' },
      { kind: 'save' },
    ];
    for (const event of refused) expect(parseFrameEvent(event, 100), JSON.stringify(event)).to.equal(null);
  });
});
