import { expect } from '@esm-bundle/chai';
import { checkErrors, openingChecks, regenerationChecks } from './golden.body.ts';

const read = async (file: string): Promise<string> => {
  const response = await fetch(new URL(`../vectors/profile-v1/${file}`, import.meta.url));
  expect(response.ok, file).to.equal(true);
  return response.text();
};

describe('golden vectors of the profile, in this browser', () => {
  for (const { claim, check } of regenerationChecks(read)) {
    it(`CC-VEC-01: ${claim}`, async function () {
      this.timeout(120_000);
      await check();
    });
  }

  for (const { claim, check } of openingChecks(read)) it(`CC-VEC-02: ${claim}`, check);

  it('CC-VEC-03: V9: what must be refused is refused with its code, and nothing else is', async function () {
    this.timeout(120_000);
    const { refused, accepted } = await checkErrors(read);
    expect(refused).to.be.greaterThan(90);
    expect(accepted).to.be.greaterThan(15);
  });

  it('CC-VEC-01: a changed byte does not pass', async () => {
    const [check] = regenerationChecks(async file => (await read(file)).replace('4869010203', '4869010204'));
    let failure: unknown;
    await check?.check().catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(Error);
  });
});
