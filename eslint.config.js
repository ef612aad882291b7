// Rules that a type checker does not hold: floating promises, any, empty catch, and the direction of imports.
import tseslint from 'typescript-eslint';

const dom = ['document', 'window', 'navigator', 'location', 'localStorage', 'sessionStorage', 'indexedDB'];

/** Message for an import that runs against the arrows of STYLE: shell → elements → p2p-core → crypto-core. */
const against = (group, reason, options = {}) => ({
  group,
  message: `Against the direction of imports: ${reason}`,
  ...options,
});

const noImports = (...patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] });
const noGlobals = names => ({
  'no-restricted-globals': [
    'error',
    ...names.map(name => ({ name, message: `${name} is not for this folder.` })),
  ],
});

const elementsNeverHold = [
  against(['@enk/crypto-core', '@enk/crypto-core/*'], 'elements hold no keys and no cipher code.'),
  against(['peerjs', 'idb', 'ts-mls', '@noble/*'], 'elements hold no sockets, storage or ciphers.'),
  against(['@enk/shell', '@enk/broker'], 'nothing imports the shell or the broker.'),
];

const noExportAll = {
  selector: 'ExportAllDeclaration[exported=null]',
  message: 'Named exports only, no export *.',
};

const browserTests = ['**/*.test.ts', '**/test/**', 'crypto-core/model/**'];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      'dist/**',
      '.cache/**',
      '**/*.mjs',
      'eslint.config.js',
      'test/vectors/**',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './tsconfig.node.json'] } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['describe', 'it', 'test'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-syntax': ['error', noExportAll],
      'prefer-const': 'error',
    },
  },
  {
    files: ['crypto-core/**/*.ts', 'p2p-core/**/*.ts', 'elements/**/*.ts', 'shell/**/*.ts'],
    ignores: [...browserTests, 'shell/e2e/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        noExportAll,
        { selector: "Identifier[name='innerHTML']", message: 'Text goes in by text bindings only.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use crypto.getRandomValues.' },
      ],
    },
  },
  {
    files: ['crypto-core/**/*.ts'],
    ignores: browserTests,
    rules: {
      ...noGlobals([...dom, 'console', 'fetch', 'setTimeout', 'setInterval', 'WebSocket', 'Worker']),
      ...noImports(
        against(['@enk/*'], 'crypto-core imports nothing of the project.'),
        against(['lit', 'lit/*', 'idb', 'peerjs', 'node:*'], 'crypto-core is sans-I/O.'),
        against(['../../*/**/p2p-core/**', '**/elements/**', '**/shell/**'], 'packages meet at their index.'),
      ),
    },
  },
  {
    // An engine of the Signal layer stands over crypto-core's kit, and shares its folder.
    files: ['crypto-core/signal-libsignal/**/*.ts'],
    ignores: browserTests,
    rules: noImports(
      against(['@enk/*', '!@enk/crypto-core'], 'an engine imports crypto-core alone.'),
      against(
        ['../*', 'lit', 'lit/*', 'idb', 'peerjs', 'node:*'],
        'packages meet by name; crypto is sans-I/O.',
      ),
    ),
  },
  {
    files: ['p2p-core/**/*.ts'],
    ignores: browserTests,
    rules: noImports(
      against(['@enk/*', '!@enk/crypto-core', '!@enk/signal-engine'], 'p2p-core imports crypto-core alone.'),
      against(['lit', 'lit/*', 'lit-html', '@lit/*'], 'p2p-core draws nothing.'),
      against(['ts-mls', 'ts-mls/*', '@noble/*', '@hpke/*'], 'cipher code lives in crypto-core.'),
      against(
        ['node:*', '**/elements/**', '**/shell/**', '**/crypto-core/**', '!@enk/crypto-core/argon2id'],
        'packages meet at their index.',
      ),
    ),
  },
  {
    // The one place that composes a worker with the other engine of the Signal layer.
    files: ['p2p-core/worker/worker-libsignal.ts'],
    rules: noImports(against(['@enk/*', '!@enk/signal-libsignal'], 'this entry composes two packages.')),
  },
  {
    files: ['elements/**/*.ts'],
    ignores: browserTests,
    rules: noImports(...elementsNeverHold),
  },
  {
    files: ['elements/{context,internal,provider,chat,loader}/**/*.ts'],
    ignores: browserTests,
    rules: noImports(
      ...elementsNeverHold,
      against(['@enk/p2p-core', '@enk/p2p-core/*'], 'only elements/services stands over p2p-core.', {
        allowTypeImports: true, // the views' shapes are p2p-core's; nothing of it runs here
      }),
    ),
  },
  {
    files: ['shell/**/*.ts'],
    ignores: [...browserTests, 'shell/e2e/**'],
    rules: noImports(
      against(['@enk/crypto-core', 'ts-mls', '@noble/*', 'peerjs', 'idb'], 'the shell composes elements.'),
    ),
  },
  {
    files: browserTests,
    rules: { '@typescript-eslint/no-misused-promises': 'off', 'max-lines': 'off' },
  },
);
