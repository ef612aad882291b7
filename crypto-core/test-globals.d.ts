/** The globals of the browser test runner (mocha, BDD), as far as the tests use them. */
interface TestContext {
  /** Milliseconds until the test counts as hanging. */
  timeout(limitMs: number): void;
}
type TestBody = (this: TestContext) => void | Promise<void>;

declare function describe(title: string, body: (this: TestContext) => void): void;
declare function it(claim: string, body: TestBody): void;
declare function before(body: TestBody): void;
declare function beforeEach(body: TestBody): void;
declare function after(body: TestBody): void;
declare function afterEach(body: TestBody): void;
