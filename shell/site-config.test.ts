import { expect } from '@esm-bundle/chai';
import { loadSiteConfig, parseSiteConfig, SiteConfigError } from './site-config.ts';

const WHOLE = {
  format: 'enk-site-1',
  broker: 'wss://b.example/',
  iceServers: [],
  mirrors: ['https://m.example/enk/'],
  root: null,
};

function codeOf(value: unknown): string {
  try {
    parseSiteConfig(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    return error instanceof SiteConfigError ? error.code : String(error);
  }
  return 'taken';
}

describe('the configuration of a site', () => {
  it('is read whole', () => {
    expect(parseSiteConfig(JSON.stringify(WHOLE))).to.deep.equal({
      brokerUrl: WHOLE.broker,
      iceServers: '[]',
      mirrors: WHOLE.mirrors,
      root: null,
    });
  });

  it('is refused with a foreign, missing or mistyped field, an unsafe mirror, or keys that are none', () => {
    const { broker: _broker, ...without } = WHOLE;
    const bad: readonly unknown[] = [
      '',
      'null',
      '[]',
      '{',
      without,
      { ...WHOLE, script: 'x' },
      { ...WHOLE, format: 'enk-site-2' },
      { ...WHOLE, broker: 1 },
      { ...WHOLE, iceServers: {} },
      { ...WHOLE, mirrors: 'https://m.example/' },
      { ...WHOLE, mirrors: Array(17).fill('https://m.example/') },
      ...[
        'http://m.example/',
        'https://m.example/a',
        'https://m.example/?x',
        'javascript:1',
        'data:,/',
        1,
      ].map(mirror => ({ ...WHOLE, mirrors: [mirror] })),
      { ...WHOLE, root: {} },
      { ...WHOLE, root: { keys: [], threshold: 0 } },
      JSON.stringify({ ...WHOLE, broker: 'x'.repeat(70_000) }),
    ];
    for (const value of bad) expect(codeOf(value), JSON.stringify(value)?.slice(0, 80)).to.equal('malformed');
  });

  it('tells what could not be had from what is not usable', async () => {
    const from = (answer: () => Promise<Response>): Promise<string> =>
      loadSiteConfig('https://site.example/', answer).then(
        () => 'taken',
        (error: unknown) => (error instanceof SiteConfigError ? error.code : String(error)),
      );
    expect(await from(() => Promise.reject(new TypeError('offline')))).to.equal('unreachable');
    expect(await from(() => Promise.resolve(new Response('', { status: 404 })))).to.equal('unreachable');
    expect(await from(() => Promise.resolve(new Response('<!doctype html>')))).to.equal('malformed');
    expect(await from(() => Promise.resolve(new Response(JSON.stringify(WHOLE))))).to.equal('taken');
  });
});
