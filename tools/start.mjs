// `npm start`: installs what is missing, builds when the sources changed, serves broker and shell on loopback.
// Plain Node up to the point where the dependencies are there. Works offline after the first run.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { isBuildCurrent } from './build/source-stamp.mjs';
import { ensureDependencies, root } from './ensure-dependencies.mjs';

const help = `npm start -- [--port N] [--broker-port N] [--broker wss://…] [--ice-servers '[{"urls":"turn:…"}]'] [--lan]

--lan serves HTTPS and WSS on this machine's network address, with a certificate of its own, for a second device.
Without it, only this machine can reach the servers.`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'broker-port': { type: 'string' },
      broker: { type: 'string' },
      'ice-servers': { type: 'string' },
      lan: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** Builds dist/ unless it was built from these very sources. Exits when that fails. */
function ensureBuild() {
  if (isBuildCurrent()) return;
  console.log('Building …');
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'tools/build/build.ts'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (run.status === 0) return;
  console.error('The build failed, so nothing was started.');
  process.exit(1);
}

/** @param {ReturnType<typeof readArguments>} values */
async function start(values) {
  const { register } = await import('tsx/esm/api');
  register();
  const { startServers } = await import('./start-servers.ts');
  return startServers({
    isLan: values.lan,
    ...(values.port ? { port: Number(values.port) } : {}),
    ...(values['broker-port'] ? { brokerPort: Number(values['broker-port']) } : {}),
    ...(values.broker ? { broker: values.broker } : {}),
    ...(values['ice-servers'] ? { iceServers: JSON.parse(values['ice-servers']) } : {}),
  });
}

const values = readArguments();
if (values.help) {
  console.log(help);
  process.exit(0);
}
ensureDependencies();
ensureBuild();
const started = await start(values);
console.log(
  [
    '',
    `  Enkrypted   ${started.url}`,
    `  Broker      ${started.brokerUrl}`,
    ...(started.embedUrl ? [`  Embedded    ${started.embedUrl}   (two tags in a foreign page)`] : []),
    '',
    '  Open the first address in two browsers or profiles. Ctrl-C stops everything.',
    ...(values.lan ? ['  Other devices show a warning once: the certificate was made on this machine.'] : []),
    '',
  ].join('\n'),
);

let isStopping = false;
async function stop() {
  if (isStopping) process.exit(1); // asked twice: at once
  isStopping = true;
  await started.close();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());
