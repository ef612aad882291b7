import { expect } from '@esm-bundle/chai';
import { pageModules } from './page-modules.ts';

function pageWith(map: string): ParentNode {
  const page = document.createElement('div');
  const script = document.createElement('script');
  script.setAttribute('type', 'importmap-of-a-test');
  script.textContent = map;
  page.append(script);
  // A detached map of the real type: no browser applies it.
  const parsed = new DOMParser().parseFromString(
    page.innerHTML.replace('importmap-of-a-test', 'importmap'),
    'text/html',
  );
  return parsed;
}

describe('modules of the page', () => {
  it('are those of its import map, with their hashes, by name', () => {
    const imports = {
      lit: './m/lit.0123456789abcdef.js',
      '@enk/chat': 'https://a.b/enk-chat.aaaabbbbccccdddd.js',
      x: './x.js',
    };
    expect(pageModules(pageWith(JSON.stringify({ imports })))).to.deep.equal([
      { name: '@enk/chat', version: 'aaaabbbbccccdddd' },
      { name: 'lit', version: '0123456789abcdef' },
      { name: 'x', version: '' },
    ]);
  });

  it('are none where there is no map, or none that can be read', () => {
    for (const map of ['', 'no json', 'null', '[]', '{"imports":null}', '{"imports":{"a":1}}']) {
      expect(pageModules(pageWith(map))).to.deep.equal([]);
    }
    expect(pageModules(document.createElement('div'))).to.deep.equal([]);
  });
});
