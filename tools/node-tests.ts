/**
 * Tests that run in Node, by node:test: `**\/*.node-test.ts` of tools/ and deploy/. With a pattern, only files
 * whose path contains it.
 */
import { listFiles, runNodeTests } from './run-node-tests.ts';

const [pattern] = process.argv.slice(2);
const files = [...listFiles('tools', '.node-test.ts'), ...listFiles('deploy', '.node-test.ts')];
await runNodeTests(
  files.filter(file => !pattern || file.includes(pattern)),
  {},
);
