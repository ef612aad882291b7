import type { DiagnosticsReading } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { READING } from '../chat/test/diagnostics-data.ts';
import { contactIdOf, peerIdOf } from '../chat/test/people.ts';
import { Peer, befriend } from '../../p2p-core/test/support/peer.ts';
import { findSecrets } from '../../p2p-core/test/support/scan.ts';
import { collectSecrets } from '../../p2p-core/test/support/secret-watch.ts';
import { TestNetwork } from '../../p2p-core/test/support/test-network.ts';
import { diagnosticsReport } from './report.ts';

const MODULES = [{ name: '@enk/chat', version: '8b0275b35a00b0ac' }];

describe('the report', function () {
  this.timeout(60_000);

  it('says in Markdown what the element shows, with the codes', () => {
    const report = diagnosticsReport(READING, MODULES);
    for (const words of [
      '## This device',
      'Connected (Ready)',
      'Direct, on the same network',
      'host (own address), UDP, IPv4, private network',
      '- Round trip: 2.4 ms',
      '- Sending: 1.2 kB/s, 310 kB in all',
      '1. MLS: epoch 1',
      '2. Signal: chains at 4 out, 2 in',
      '3. ML-KEM: generation 12',
      '4. AES: generation 1, frame 31 out, 27 in',
      'By the secret that you share',
      '- peer-unavailable: Nobody is registered at their address (4 times, 34 min ago)',
      '## Contact 3',
      '- other-engine: The other side uses another Signal engine',
      '- @enk/chat 8b0275b35a00b0ac',
    ])
      expect(report).to.contain(words);
  });

  it('numbers the contacts: no name, no id of one, no whole address', () => {
    const report = diagnosticsReport(READING, MODULES);
    for (const word of ['Ana', 'Weber', 'Ben', contactIdOf('Ana'), peerIdOf(1), 'link-ana']) {
      expect(report).not.to.contain(word);
    }
    expect(report).to.match(/Own address: [a-z2-7]{5}…[a-z2-7]{4}$/m);
  });

  it('P2P-DIA-03: of a real session holds no secret, name, text, address or id', async () => {
    let report = '';
    const words: string[] = [];
    const secrets = await collectSecrets(async () => {
      const network = new TestNetwork();
      const [ana, ben] = [
        await Peer.start(network, 'Anastasia Quill'),
        await Peer.start(network, 'Benjamin Frost'),
      ];
      await befriend(ana, ben);
      await ben.send('a text that nobody else should read');
      await ben.untilDelivered();
      const core = await ben.core.getDiagnostics();
      const reading: DiagnosticsReading = { ...READING, core, links: [] };
      report = diagnosticsReport(reading, MODULES);
      const linkIds = core.contacts.flatMap(({ sessions }) => sessions.map(({ linkId }) => linkId));
      words.push('Anastasia Quill', 'Benjamin Frost', 'nobody else should', ben.profileName, ...linkIds);
      words.push(ana.transport.peerId, ben.transport.peerId, ben.contact.id);
      await Promise.all([ana.close(), ben.close()]);
    });
    const hay = [new TextEncoder().encode(report)];
    expect(report).to.contain('Connected (Ready)');
    expect(secrets.length).to.be.greaterThan(50);
    expect(findSecrets(hay, [...secrets, ...words])).to.deep.equal([]);
    expect(report).not.to.match(/\d+\.\d+\.\d+\.\d+|wss?:/);
    // The scan sees what it looks for.
    expect(findSecrets([new TextEncoder().encode(`${report}${words[0]}`)], words)).to.deep.equal([words[0]]);
  });
});
