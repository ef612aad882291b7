import { expect } from '@esm-bundle/chai';
import { createMirrors, type MirrorFailure } from './mirrors.ts';

const sha384 = async (text: string): Promise<string> => {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-384', new TextEncoder().encode(text)));
  return `sha384-${btoa(String.fromCharCode(...hash))}`;
};

describe('mirrors', () => {
  const original = globalThis.fetch;
  let asked: string[];
  let failures: MirrorFailure[];

  /** Answers by URL; absent: unreachable. */
  function serve(answers: Record<string, () => Promise<Response>>): void {
    globalThis.fetch = input => {
      const url = input as string;
      asked.push(url);
      return answers[url]?.() ?? Promise.reject(new TypeError('down'));
    };
  }
  const text = (body: string) => () => Promise.resolve(new Response(body));
  const never = () => new Promise<Response>(() => undefined);
  const create = (hedgeMs = 60_000) =>
    createMirrors(['a/', 'b/', 'c/'], hedgeMs, failure => void failures.push(failure));
  const reasonFor = (promise: Promise<unknown>) =>
    promise.then(
      () => 'delivered',
      (error: Error) => error.message,
    );

  beforeEach(() => {
    asked = [];
    failures = [];
  });
  afterEach(() => {
    globalThis.fetch = original;
  });

  it('asks the first one alone as long as it delivers', async () => {
    serve({ 'a/x': text('good'), 'b/x': text('good') });
    const { mirror, bytes } = await create().fetch('x', await sha384('good'));
    expect([mirror, new TextDecoder().decode(bytes), asked]).to.deep.equal(['a/', 'good', ['a/x']]);
  });

  it('deliver no byte that does not match, ask past a cache once, and name who altered', async () => {
    serve({ 'a/x': text('evil'), 'b/x': text('good') });
    const mirrors = create();
    expect((await mirrors.fetch('x', await sha384('good'))).mirror).to.equal('b/');
    expect(asked).to.deep.equal(['a/x', 'a/x', 'b/x']);
    expect(failures).to.deep.equal([{ mirror: 'a/', file: 'x', reason: 'altered' }]);
    expect(mirrors.first()).to.equal('b/');
  });

  it('start the next one beside one that is slow, and take whichever is first', async () => {
    serve({ 'a/x': never, 'b/x': text('good') });
    expect((await create(1).fetch('x', await sha384('good'))).mirror).to.equal('b/');
    expect(failures).to.deep.equal([{ mirror: 'a/', file: 'x', reason: 'slow' }]);
  });

  it('tell 404 from a lost network, and each reason of a mirror once', async () => {
    serve({ 'a/x': () => Promise.resolve(new Response('', { status: 404 })), 'c/x': text('good') });
    const mirrors = create();
    for (let i = 0; i < 3; i++) await mirrors.fetch('x', await sha384('good'));
    expect(failures.map(({ mirror, reason }) => mirror + reason)).to.deep.equal([
      'a/missing',
      'b/unreachable',
    ]);
  });

  it('reject when none delivers: altered as soon as one did, else unreachable', async () => {
    serve({});
    expect(await reasonFor(create().fetch('x', await sha384('good')))).to.equal('unreachable');
    serve({ 'b/x': text('evil') });
    expect(await reasonFor(create().fetch('x', await sha384('good')))).to.equal('altered');
  });
});
