/**
 * Runs the broker alone: `node --import tsx deploy/broker/main.ts [--host …] [--port …]`. See deploy/README.md.
 * Each setting is a flag or, for containers, a variable: `--port` or `ENK_PORT`. Secrets are variables only.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BrokerOptions, jsonLog, startBroker } from './index.ts';

const variable = (name: string): string | undefined => process.env[name] || undefined;
const list = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: variable('ENK_HOST') ?? '127.0.0.1' },
    port: { type: 'string', default: variable('ENK_PORT') ?? '9000' },
    path: { type: 'string', default: variable('ENK_PATH') ?? '/' },
    key: { type: 'string', default: variable('ENK_KEY') ?? 'peerjs' },
    'tls-cert': { type: 'string', default: variable('ENK_TLS_CERT') ?? '' },
    'tls-key': { type: 'string', default: variable('ENK_TLS_KEY') ?? '' },
    /** Without a value list: a proxy in front speaks TLS. `--trusted-proxies` lists whose headers are believed. */
    'trusted-proxy': { type: 'boolean', default: false },
    'trusted-proxies': { type: 'string', default: variable('ENK_TRUSTED_PROXIES') ?? '' },
    bus: { type: 'string', default: variable('ENK_BUS') ?? '' },
    'turn-urls': { type: 'string', default: variable('ENK_TURN_URLS') ?? '' },
    'sfu-urls': { type: 'string', default: variable('ENK_SFU_URLS') ?? '' },
    /** Where this broker reaches them, when that is another address. */
    'sfu-api-urls': { type: 'string', default: variable('ENK_SFU_API_URLS') ?? '' },
    'sfu-from': { type: 'string', default: variable('ENK_SFU_FROM') ?? '' },
    quiet: { type: 'boolean', default: false },
  },
});

const { 'tls-cert': cert, 'tls-key': key, 'turn-urls': turnUrls } = values;
const { 'sfu-urls': sfuUrls, 'sfu-api-urls': sfuApiUrls, 'sfu-from': sfuFrom } = values;
const trustedProxies = list(values['trusted-proxies']);
const tokenKey = variable('ENK_TOKEN_KEY');
const turnSecret = variable('ENK_TURN_SECRET');
const sfuSecret = variable('ENK_SFU_SECRET');
const sfuAdminKey = variable('ENK_SFU_ADMIN_KEY');
const options: BrokerOptions = {
  host: values.host,
  port: Number(values.port),
  path: values.path,
  key: values.key,
  isBehindTrustedProxy: values['trusted-proxy'] || trustedProxies.length > 0,
  trustedProxies,
  ...(cert && key && { tls: { cert: readFileSync(cert), key: readFileSync(key) } }),
  ...(values.bus && { busUrl: values.bus }),
  ...(tokenKey && { tokenKey }),
  ...(turnUrls && turnSecret && { turn: { secret: turnSecret, urls: list(turnUrls) } }),
  ...(sfuUrls &&
    sfuSecret &&
    sfuAdminKey && {
      sfu: {
        urls: list(sfuUrls),
        ...(sfuApiUrls && { apiUrls: list(sfuApiUrls) }),
        secret: sfuSecret,
        adminKey: sfuAdminKey,
        ...(sfuFrom && { fromMembers: Number(sfuFrom) }),
      },
    }),
  ...(!values.quiet && { log: jsonLog }),
};

try {
  const broker = await startBroker(options);
  console.log(`Broker: ${broker.url}`);
  process.once('SIGINT', () => void broker.close());
  process.once('SIGTERM', () => void broker.drain());
} catch (error) {
  console.error(`The broker did not start: ${error instanceof Error ? error.message : 'unknown reason'}`);
  process.exitCode = 1;
}
