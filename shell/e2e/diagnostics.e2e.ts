/**
 * Seeing it: the state of a connection in the settings of two people in two browsers, and the report that one of them
 * copies to hand on.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { isOwnNamespace } from './support/network.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { repointRelease, type RepointedRelease } from './support/repointed-release.ts';
import { hasTurnServer, startTurnServer, type TurnServer } from './support/turn-server.ts';

const ANA = 'Anastasia Quill';
const BEN = 'Benjamin Frost';
const TEXTS = ['a text that nobody else should read', 'another one, longer than the first'];

/** Opens the settings, scrolls to the connections, and leaves whatever comes of it. */
async function atDiagnostics(person: Person, look: () => Promise<void>): Promise<void> {
  await person.click('open-settings');
  const element = await person.find('diagnostics');
  await element.evaluate(node => node.scrollIntoView());
  try {
    await look();
  } finally {
    await person.closeSettings();
  }
}

/** One line of the settings, with credentials as coturn's REST scheme makes them. */
function turnLine({ url, secret }: TurnServer): string {
  const username = `${Math.floor(Date.now() / 1_000) + 3_600}:test`;
  return `${url} ${username} ${createHmac('sha1', secret).update(username).digest('base64')}`;
}

async function chooseRelay(person: Person, line: string): Promise<void> {
  await person.click('open-settings');
  await person.fill('settings-ice', line);
  await person.click('settings-relay');
  await person.click('settings-network-save');
  await person.closeSettings();
}

/** What the page hands to the clipboard when the person copies the report. */
async function copyReport(person: Person): Promise<string> {
  await person.page.evaluate(() => {
    const writeText = async (text: string): Promise<void> => {
      document.documentElement.dataset['copied'] = text;
    };
    Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText } });
  });
  await person.click('diagnostics-copy');
  await person.waitForText('diagnostics-copy-status', /No names, messages, keys or network addresses/);
  return person.page.evaluate(() => document.documentElement.dataset['copied'] ?? '');
}

describe('diagnostics', () => {
  let product: Product;
  let other: RepointedRelease;
  let ana: Person;
  let ben: Person;
  let invite: string;
  before(async () => {
    other = repointRelease('@enk/signal-engine', '@enk/signal-libsignal');
    product = await Product.start();
    [ana, ben] = await Promise.all([product.person(ANA), product.person(BEN)]);
    invite = await ana.createInvite();
    await ben.acceptInvite(invite, ANA);
    for (const person of [ben, ana]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    for (const text of TEXTS) await ben.send(text);
    await ana.waitForMessages(TEXTS.length);
  });
  after(async () => {
    await product.close();
    other.remove();
  });

  it('P2P-DIA-01: both see a direct route, the layers in order and what went over them', async () => {
    for (const person of [ana, ben]) {
      await atDiagnostics(person, async () => {
        await person.waitForText('diagnostics-summary', /1 of 1 contact connected/);
        await person.waitForText('diagnostics-state', /Connected for .+ Ready/s);
        await person.waitForText('diagnostics-route', /^Direct/);
        const layers = await person.read('diagnostics-layers');
        assert.match(
          layers,
          /MLS\s+epoch 1.*Signal\s+chains.*ML-KEM\s+generation.*AES\s+generation 0, frame \d+ out/s,
        );
        await person.waitForText('diagnostics-contact', /\d+ ms|< 1 ms/);
        await person.waitForText('diagnostics-contact', /Sending\s+[\d.]+ k?B\/s\s+[\d.]+ kB in all/);
        await person.waitForText('diagnostics-contact', /host|prflx/);
      });
    }
  });

  it('P2P-DIA-03: the copied report holds no name, text, address, invite or key', async () => {
    const addresses = await Promise.all([ana.ownAddress(), ben.ownAddress()]);
    let report = '';
    await atDiagnostics(ben, async () => {
      await ben.waitForText('diagnostics-route', /^Direct/);
      report = await copyReport(ben);
    });
    for (const words of [
      '## Contact 1',
      'Connected (Ready)',
      'Direct',
      '1. MLS',
      'enk-signal-1',
      '- @enk/chat ',
    ]) {
      assert.ok(report.includes(words), words);
    }
    const secrets = [
      ANA,
      BEN,
      'Anastasia',
      'Benjamin',
      ...TEXTS,
      ...addresses,
      invite.split('#invite=')[1] ?? '',
    ];
    for (const secret of secrets) assert.ok(secret.length > 7 && !report.includes(secret), secret);
    assert.doesNotMatch(report, /\b\d{1,3}(\.\d{1,3}){3}\b/, 'an IPv4 address');
    const withoutTime = report.replace(/^# .*\n/, '');
    assert.doesNotMatch(withoutTime, /[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f]{1,4}/i, 'an IPv6 address');
    assert.doesNotMatch(
      report.replace(/^## Modules[^]*/m, ''),
      /[A-Za-z0-9_-]{26}/,
      'something as long as a key',
    );
  });

  it('P2P-DIA-02: after a reload the other side shows what happened, and that the pair secret was used', async () => {
    await atDiagnostics(ana, async () => {
      await ben.reload();
      await ana.waitForText('diagnostics-contact', /Reconnections\s+[1-9]/);
      await ana.waitForText('diagnostics-contact', /By the secret that you share/);
      await ana.waitForText('diagnostics-contact', /closed-remotely|session-ended|ice-failed/);
    });
  });

  it('P2P-DIA-02: whose invite meets another Signal engine sees that it is the engine', async () => {
    const otherProduct = await Product.start({
      brokerUrl: product.brokerUrl,
      site: { folder: other.folder },
    });
    try {
      const cleo = await otherProduct.person('Cleopatra Vane');
      const link = await ana.createInvite();
      await cleo.acceptInvite(link.replace(product.site.origin, otherProduct.site.origin), ANA);
      await atDiagnostics(ana, () =>
        ana.waitForText('diagnostics-strangers', /The other side uses another Signal engine/),
      );
      await atDiagnostics(cleo, async () => {
        await cleo.waitForText('diagnostics-contact', /The other side uses another Signal engine/);
        assert.match(await copyReport(cleo), /Signal engine: libsignal-ts-1/);
      });
    } finally {
      await otherProduct.close();
    }
  });

  const skip = (!isOwnNamespace() || !hasTurnServer) && 'needs coturn and a network namespace of our own';
  it(
    'P2P-LNK-14: in relay mode the route is told as relayed, without the relay’s address',
    { skip },
    async () => {
      const turn = await startTurnServer(3_479);
      try {
        for (const person of [ana, ben]) await chooseRelay(person, turnLine(turn));
        await Promise.all([ana.reload(), ben.reload()]);
        for (const person of [ana, ben]) {
          await atDiagnostics(person, async () => {
            await person.waitForText('diagnostics-route', /^Relayed/);
            await person.waitForText('diagnostics-contact', /relay \(relay\)/);
            const report = await copyReport(person);
            assert.match(report, /Route: Relayed/);
            assert.ok(!report.includes(turn.address) && !report.includes(turn.secret));
            assert.match(report, /Routing: Through a relay only/);
          });
        }
      } finally {
        await turn.kill();
      }
    },
  );
});
