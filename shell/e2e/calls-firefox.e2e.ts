/** A call between Chromium and Firefox, as far as Firefox goes: docs/embedding.md says what is missing there. */
import { after, afterEach, before, describe, it } from 'node:test';
import { findFirefox } from '../../tools/find-browser.mjs';
import { hasNetwork, launchFirefox, type LaunchedBrowser } from './support/browsers.ts';
import { recordConnections } from './support/call-connections.ts';
import { CallPerson, FAKE_DEVICES } from './support/call-person.ts';
import { Product } from './support/product.ts';

const missing = !(findFirefox() && hasNetwork());

describe('a call between Chromium and Firefox', { skip: missing && 'needs Firefox and a network' }, () => {
  let product: Product;
  let firefox: LaunchedBrowser;
  let ana: CallPerson;
  let ben: CallPerson;

  before(async () => {
    product = await Product.start({ flags: FAKE_DEVICES });
    firefox = await launchFirefox();
    const a = await product.person('Ana', recordConnections);
    const b = await product.personIn(firefox.browser, 'Ben', recordConnections);
    await b.acceptInvite(await a.createInvite(), 'Ana');
    for (const person of [b, a]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    [ana, ben] = [new CallPerson(a), new CallPerson(b)];
  });
  after(async () => {
    await firefox.close();
    await product.close();
  });

  afterEach(async () => {
    for (const someone of [ana, ben]) await someone.putDown();
  });

  it('P2P-CAL-01: whoever rings, frames of both decode, sealed, and sound is heard', async () => {
    for (const [caller, called] of [
      [ana, ben],
      [ben, ana],
    ] as const) {
      await talk(caller, called);
      for (const someone of [ana, ben]) {
        await someone.untilMovingPicture();
        await someone.person.waitForText('call-security', /End-to-end encrypted/);
      }
      await ana.untilHeard();
      await ben.untilSoundDecoded();
      for (const someone of [ana, ben]) await someone.putDown();
    }
  });

  it('P2P-CAL-12, P2P-CAL-14: a screen comes to Firefox and goes again; its muted microphone is silence', async () => {
    await talk(ben, ana);
    await ana.untilHeard();
    await ben.person.click('call-microphone');
    await ana.untilSilent();
    await ana.person.click('call-screen');
    await ben.person.find('screen-tile');
    await ben.untilFrames('screen-tile', 5);
    await ana.person.click('call-screen');
    await ben.untilGone('screen-tile');
    await ben.untilMovingPicture();
    await ben.person.click('call-microphone');
    await ana.untilHeard();
  });

  async function talk(caller: CallPerson, called: CallPerson): Promise<void> {
    await caller.person.click('start-video-call');
    await called.person.click('call-answer-video');
    for (const someone of [caller, called]) await someone.untilPhase('active');
  }
});
