/**
 * Tests that run in Node, by node:test: `**\/*.node-test.ts` of the folders below. With a pattern, only files
 * whose path contains it.
 */
import { listFiles, runNodeTests } from './run-node-tests.ts';

const [pattern] = process.argv.slice(2);
const folders = ['tools', 'deploy', 'crypto-core', 'p2p-core'];
const files = folders.flatMap(folder => listFiles(folder, '.node-test.ts'));
await runNodeTests(
  files.filter(file => !pattern || file.includes(pattern)),
  { concurrency: 2 },
);
