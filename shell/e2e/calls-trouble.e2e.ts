/** What goes wrong in a call of two: devices, permissions, the tab, the network, the media worker, the other side. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { framesDecoded, recordConnections } from './support/call-connections.ts';
import { CallPerson, FAKE_DEVICES } from './support/call-person.ts';
import { Product } from './support/product.ts';

describe('a call in trouble', () => {
  let product: Product;
  let ana: CallPerson;
  let ben: CallPerson;

  before(async () => {
    product = await Product.start({ flags: FAKE_DEVICES });
    const [a, b] = await product.connectedPair(recordConnections);
    [ana, ben] = [new CallPerson(a), new CallPerson(b)];
  });
  after(() => product.close());

  afterEach(async t => {
    if (t.name.includes('crash')) return;
    for (const someone of [ana, ben]) await someone.putDown();
  });

  async function talk(): Promise<void> {
    await ana.person.click('start-video-call');
    await ben.person.click('call-answer-video');
    for (const someone of [ana, ben]) await someone.untilMovingPicture();
  }

  it('P2P-CAL-14: a camera that is unplugged is told to its owner, and the call goes on without it', async () => {
    await talk();
    await ana.loseDevice('camera');
    await ana.person.waitForText('call-trouble', /unplugged/);
    await ben.untilNoPicture();
    await ben.untilHeard();
    await ana.person.click('call-camera');
    await ben.untilMovingPicture();
    await ana.untilGone('call-trouble');
  });

  it('P2P-CAL-14: devices that may not be used are told in words; the call comes about without them', async () => {
    await ana.denyDevices(true);
    await ana.person.click('start-video-call');
    await ana.person.waitForText('call-trouble', /allow/i);
    await ben.person.click('call-answer-video');
    await ana.untilMovingPicture();
    await ben.untilNoPicture();
    await ana.denyDevices(false);
    await ana.person.click('call-camera');
    await ben.untilMovingPicture();
  });

  it('P2P-CAL-14: a permission that is taken away in mid-call is told; picture and sound end, and come back with it', async () => {
    await talk();
    await ben.untilHeard();
    await ana.denyDevices(true); // the browser of a test grants whatever is asked for anew
    await ana.permitDevices(false);
    await ana.person.waitForText('call-trouble', /allow/i);
    await ben.untilNoPicture();
    await ben.untilSilent();
    await ana.untilMovingPicture();
    await ana.permitDevices(true);
    await ana.denyDevices(false);
    await ana.person.click('call-camera');
    await ben.untilMovingPicture();
    await ana.person.click('call-microphone');
    await ben.untilHeard();
    await ana.untilGone('call-trouble');
  });

  it('P2P-CAL-14: looking at the devices in a call switches nothing on', async () => {
    await ana.person.click('start-call');
    await ben.person.click('call-answer');
    for (const someone of [ana, ben]) await someone.untilPhase('active');
    await ben.untilHeard();
    await ana.person.click('call-microphone');
    await ben.untilSilent();
    await ana.person.click('call-devices');
    await ana.person.find('device-microphone');
    await ben.untilSilent();
    await ben.untilNoPicture();
    await ana.closePanel();
  });

  it('P2P-CAL-14: on hold nothing is sent and nothing is played, until it is resumed', async () => {
    await talk();
    await ben.untilHeard();
    await ana.person.click('call-hold');
    await ben.untilNoPicture();
    await ben.untilSilent();
    await ana.person.click('call-hold');
    await ben.untilMovingPicture();
    await ben.untilHeard();
  });

  it('P2P-CAL-12: in a tab behind another one a call is sent and heard as before', async () => {
    await talk();
    const { page } = ana.person;
    const other = await page.browserContext().newPage();
    await other.bringToFront();
    const [sent, got] = [await framesDecoded(ben.person.page), await framesDecoded(page)];
    await ben.untilDecoded(sent + 20);
    await ana.untilDecoded(got + 20);
    await ben.untilHeard();
    await other.close();
    await page.bringToFront();
    await ana.untilMovingPicture();
  });

  it('P2P-CAL-12: on another network the call finds new paths at once, by an ICE restart', async () => {
    await talk();
    const before = await ana.iceNames();
    await ana.person.page.evaluate(() => globalThis.dispatchEvent(new Event('online')));
    await ana.untilOtherIceNames(before);
    await ben.untilMovingPicture();
    await ana.untilMovingPicture();
  });

  it('P2P-CAL-16: a page that was frozen, as in sleep, is back in the call when it wakes', async () => {
    await talk();
    const session = await ana.person.page.createCDPSession();
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    const got = await framesDecoded(ben.person.page);
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await ben.untilDecoded(got + 10);
    await ana.untilMovingPicture();
    await session.detach();
  });

  it('P2P-CAL-05: a media worker that ends takes the media with it, and the person is told', async () => {
    await talk();
    await ana.endMediaWorker();
    await ana.person.waitForText('call-trouble', /microphone and camera are off/);
    await ana.person.waitForText('call-security', /Nothing is sent/);
    const got = await framesDecoded(ben.person.page);
    await ben.untilSilent();
    assert.ok((await framesDecoded(ben.person.page)) - got < 3, 'no more frames came');
  });

  it('P2P-CAL-26: a missed call is still shown after a reload', async () => {
    await ana.person.click('start-call');
    await ben.person.find('call-answer');
    await ana.person.click('call-hang-up');
    await ben.untilPhase('ended');
    await ben.person.page.reload();
    await ben.person.openConversation();
    await ben.person.find('missed-call');
    for (const someone of [ana, ben]) await someone.person.waitForConnected();
  });

  it('P2P-CAL-16: a crash of the other side is said, and ends the call when it does not come back', async () => {
    await talk();
    ben.person.page.browser().process()?.kill('SIGKILL');
    await ana.untilPhase('ended');
  });
});
