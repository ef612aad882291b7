import { expect } from '@esm-bundle/chai';
import { diagnose } from './diagnose.ts';
import {
  controlIntegrity,
  controlUrl,
  enforcesIntegrity,
  probeUrl,
  wrongIntegrity,
} from './integrity-probe.ts';
import { readPageMap, specifiersOnPage, type PageMap } from './page-map.ts';
import { failureText, showFailure } from './report.ts';

const sha384 = async (text: string) => {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-384', new TextEncoder().encode(text)));
  return `sha384-${btoa(String.fromCharCode(...hash))}`;
};

const page = (html: string) => {
  const fragment = document.createElement('div');
  fragment.innerHTML = html;
  return fragment;
};

const map: PageMap = { imports: { '@enk/chat': './a.js', '@enk/shell': './b.js' }, integrity: {} };

describe('the probe for integrity', () => {
  it('uses the right hash for the control and a wrong one for the probe', async () => {
    expect(await sha384(controlUrl.split(',')[1] ?? '')).to.equal(controlIntegrity);
    expect(await sha384(probeUrl.split(',')[1] ?? '')).not.to.equal(wrongIntegrity);
  });

  it('trusts the browser only when the control runs and the probe does not', async () => {
    const answer = (control: boolean, probe: boolean) =>
      enforcesIntegrity(url =>
        (url === controlUrl ? control : probe) ? Promise.resolve() : Promise.reject(),
      );
    expect(await answer(true, false)).to.equal(true);
    expect(await answer(true, true)).to.equal(false);
    expect(await answer(false, false)).to.equal(false);
    expect(await answer(false, true)).to.equal(false);
  });
});

describe('modules of a page', () => {
  it('are those of its elements that the map has, each once', () => {
    const root = page(
      '<enk-chat></enk-chat><p></p><enk-chat></enk-chat><enk-unknown></enk-unknown><x-chat></x-chat>',
    );
    expect(specifiersOnPage(root, map, false)).to.deep.equal(['@enk/chat']);
    expect(specifiersOnPage(root, map, true)).to.deep.equal(['@enk/shell', '@enk/chat']);
  });

  it('are none when the import map is absent or broken', () => {
    const empty = { imports: {}, integrity: {} };
    expect(readPageMap(page(''))).to.deep.equal(empty);
    expect(readPageMap(page('<script type="importmap">{</script>'))).to.deep.equal(empty);
    expect(
      readPageMap(page('<script type="importmap">{"imports":{"a":"./b"}}</script>')).imports,
    ).to.deep.equal({
      a: './b',
    });
  });
});

describe('a failed import', () => {
  const url = '/elements/loader/page-map.ts';

  it('is told as altered when the bytes are there and do not match', async () => {
    const altered: PageMap = { imports: { '@enk/chat': url }, integrity: { [url]: wrongIntegrity } };
    expect(await diagnose('@enk/shell', altered)).to.deep.equal({ module: '@enk/chat', reason: 'altered' });
  });

  it('is told as unreachable when the module is not there', async () => {
    const gone: PageMap = { imports: { lit: '/gone.js' }, integrity: { '/gone.js': wrongIntegrity } };
    expect(await diagnose('@enk/shell', gone)).to.deep.equal({ module: 'lit', reason: 'unreachable' });
  });

  it('is told as failed when every byte is right', async () => {
    const right: PageMap = { imports: {}, integrity: {} };
    expect(await diagnose('@enk/shell', right)).to.deep.equal({ module: '@enk/shell', reason: 'failed' });
  });

  it('names a file by its plain key', async () => {
    const two: PageMap = {
      imports: { lit: url, 'lit/decorators.js': url },
      integrity: { [url]: wrongIntegrity },
    };
    expect((await diagnose('@enk/shell', two)).module).to.equal('lit');
  });

  it('is shown in words inside its element, and announced without URLs', () => {
    const element = document.body.appendChild(document.createElement('enk-chat'));
    const events: CustomEvent[] = [];
    const note = (event: Event) => void events.push(event as CustomEvent);
    for (const type of ['enk:error', 'enk:module-fail'])
      document.addEventListener(type, note, { once: true });
    showFailure({ module: '@enk/chat', reason: 'altered' });
    expect(element.querySelector('[role=alert]')?.textContent).to.equal(
      failureText({ module: '@enk/chat', reason: 'altered' }),
    );
    expect(events.map(({ type, detail }) => [type, detail])).to.deep.equal([
      ['enk:module-fail', { module: '@enk/chat', reason: 'altered' }],
      ['enk:error', { code: 'module-altered', module: '@enk/chat' }],
    ]);
    element.remove();
  });
});
