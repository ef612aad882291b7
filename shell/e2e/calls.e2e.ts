/** Calls between real browsers with fake devices: what is sent is seen and heard at the other end, and nothing else. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { CallPerson, FAKE_DEVICES } from './support/call-person.ts';
import { Product } from './support/product.ts';

describe('a call between two browsers', () => {
  let product: Product;
  let ana: CallPerson;
  let ben: CallPerson;

  before(async () => {
    product = await Product.start({ flags: FAKE_DEVICES });
    const [a, b] = await product.connectedPair();
    [ana, ben] = [new CallPerson(a), new CallPerson(b)];
  });
  after(() => product.close());

  afterEach(async () => {
    for (const someone of [ana, ben]) await someone.putDown();
  });

  async function talk(): Promise<void> {
    await ana.person.click('start-video-call');
    await ben.person.click('call-answer-video');
    for (const someone of [ana, ben]) await someone.untilPhase('active');
  }

  it('P2P-CAL-01: picture and sound of both arrive, sealed, and are what the devices made', async () => {
    await talk();
    for (const someone of [ana, ben]) {
      await someone.untilMovingPicture();
      await someone.untilHeard();
      await someone.person.waitForText('call-security', /End-to-end encrypted/);
    }
    await ana.person.click('call-security');
    await ben.person.click('call-security');
    const [ours, theirs] = [
      await ana.person.read('call-safety-number'),
      await ben.person.read('call-safety-number'),
    ];
    assert.equal(ours, theirs);
    assert.match(ours, /^(\d{5} ){11}\d{5}$/);
    await ana.person.waitForText('call-security-words', /epoch 1/);
    await ana.person.waitForText('call-path', /directly from device to device/);
  });

  it('P2P-CAL-14: a muted microphone is silence, and unmuted it is heard again', async () => {
    await talk();
    await ben.untilHeard();
    await ana.person.click('call-microphone');
    await ben.untilSilent();
    await ana.person.click('call-microphone');
    await ben.untilHeard();
  });

  it('P2P-CAL-12: a shared screen is shown at the other, and goes again while the call goes on', async () => {
    await talk();
    await ben.untilMovingPicture();
    await ana.person.click('call-screen');
    await ben.person.find('screen-tile');
    await ben.untilFrames('screen-tile', 5);
    await ana.person.click('call-screen');
    await ben.untilGone('screen-tile');
    await ben.untilMovingPicture();
  });

  it('P2P-CAL-16: who vanishes in mid-call is noticed, and the call ends', async () => {
    await talk();
    await ben.person.page.reload();
    await ana.untilPhase('ended');
    await ben.person.openConversation();
    await ben.person.waitForConnected();
  });

  it('P2P-CAL-15: a ring that is not answered is a missed call, with the way to call back', async () => {
    await ana.person.click('start-call');
    await ben.person.find('call-answer');
    await ana.person.click('call-hang-up');
    await ben.untilPhase('ended');
    await ben.person.find('missed-call');
  });
});
