/** Mocha's globals, as @web/test-runner provides them to test files. */
interface MochaContext {
  timeout(timeoutMs: number): void;
}
type MochaBody = (this: MochaContext) => Promise<void> | void;

declare function describe(title: string, body: (this: MochaContext) => void): void;
declare function it(claim: string, body: MochaBody): void;
declare function before(body: MochaBody): void;
declare function beforeEach(body: MochaBody): void;
declare function after(body: MochaBody): void;
declare function afterEach(body: MochaBody): void;
