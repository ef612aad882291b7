import { expect } from '@esm-bundle/chai';
import type { NetworkSettings } from '../ports/transport.ts';
import { acceptNetwork, isLoopback, parseBrokerUrl } from './address-policy.ts';

describe('P2P-LNK-01: broker addresses', () => {
  const accepted: readonly [string, object][] = [
    ['wss://broker.example', { host: 'broker.example', port: 443, path: '/', secure: true }],
    ['wss://broker.example:8443/a/b', { host: 'broker.example', port: 8443, path: '/a/b/', secure: true }],
    ['ws://127.0.0.1:9000', { host: '127.0.0.1', port: 9000, path: '/', secure: false }],
    ['ws://localhost/x/', { host: 'localhost', port: 80, path: '/x/', secure: false }],
    ['ws://[::1]:9000/', { host: '[::1]', port: 9000, path: '/', secure: false }],
    ['https://broker.example', { host: 'broker.example', port: 443, path: '/', secure: true }],
  ];
  for (const [url, address] of accepted) {
    it(`accepts ${url}`, () => {
      expect(parseBrokerUrl(url)).to.deep.equal(address);
    });
  }

  const refused = [
    ['ws:// outside loopback', 'ws://broker.example'],
    ['ws:// on a private address', 'ws://192.168.1.4:9000'],
    ['http:// outside loopback', 'http://broker.example'],
    ['a name that only begins like loopback', 'ws://127.0.0.1.example:9000'],
    ['a name that only contains localhost', 'ws://localhost.example'],
    ['credentials in the address', 'wss://user:secret@broker.example'],
    ['a query', 'wss://broker.example/?key=1'],
    ['a fragment', 'wss://broker.example/#x'],
    ['another scheme', 'javascript:alert(1)'],
    ['no address', ''],
  ] as const;
  for (const [what, url] of refused) {
    it(`refuses ${what}`, () => {
      expect(parseBrokerUrl(url)).to.equal(null);
    });
  }

  it('knows loopback in every spelling that the URL parser normalises', () => {
    for (const url of [
      'ws://127.1',
      'ws://2130706433',
      'ws://0x7f.1',
      'ws://LOCALHOST',
      'ws://a.localhost',
    ]) {
      expect(isLoopback(new URL(url).hostname), url).to.equal(true);
    }
  });
});

describe('P2P-LNK-01: network settings', () => {
  const settings: NetworkSettings = { brokerUrl: 'wss://broker.example', iceServers: [], relayOnly: false };

  it('adds no ICE server that was not asked for', () => {
    expect(acceptNetwork(settings)?.rtc).to.deep.equal({ iceServers: [], iceTransportPolicy: 'all' });
  });

  it('forces relay candidates in relay mode', () => {
    const turn = { urls: ['turns:turn.example:5349'], username: 'u', credential: 'c' };
    const rtc = acceptNetwork({ ...settings, iceServers: [turn], relayOnly: true })?.rtc;
    expect(rtc).to.deep.equal({ iceServers: [turn], iceTransportPolicy: 'relay' });
  });

  for (const urls of ['http://stun.example', '', [], ['stun:a', 'nonsense'], 'turn: x']) {
    it(`refuses ICE servers at ${JSON.stringify(urls)}`, () => {
      expect(acceptNetwork({ ...settings, iceServers: [{ urls }] })).to.equal(null);
    });
  }
});
