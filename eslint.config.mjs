import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which package may import which: the table of docs/architecture.md. A package's tag is set in its package.json ("nx.tags"). */
const allowedImports = {
  tensor: [],
  core: ['tensor'],
  xla: ['tensor', 'core'],
  datasets: ['tensor', 'core'],
  'models-asymmetric': ['tensor', 'core'],
  'models-transformer': ['tensor', 'core', 'rebasin'],
  rebasin: ['tensor', 'core'],
  metrics: ['tensor', 'core'],
  connectivity: ['tensor', 'core', 'rebasin', 'metrics'],
  report: ['tensor', 'core'],
  sinks: ['tensor', 'core'],
  experiments: [
    'tensor',
    'sinks',
    'core',
    'datasets',
    'models-asymmetric',
    'models-transformer',
    'rebasin',
    'metrics',
    'connectivity',
    'report',
  ],
  synthetic: ['tensor', 'core', 'datasets', 'metrics', 'models-asymmetric'],
  reproductions: [
    'tensor',
    'synthetic',
    'core',
    'datasets',
    'models-asymmetric',
    'rebasin',
    'metrics',
    'report',
    'connectivity',
    'experiments',
  ],
  golden: ['tensor', 'core', 'datasets', 'models-asymmetric', 'models-transformer', 'rebasin', 'metrics'],
  integration: [
    'tensor',
    'golden',
    'synthetic',
    'core',
    'xla',
    'datasets',
    'models-asymmetric',
    'models-transformer',
    'rebasin',
    'metrics',
    'connectivity',
    'experiments',
    'cli',
  ],
  site: ['core', 'models-asymmetric', 'rebasin', 'metrics'],
  'create-plugin': [],
  cli: ['tensor', 'sinks', 'core', 'xla', 'datasets', 'models-asymmetric', 'metrics', 'report', 'experiments', 'reproductions', 'golden'],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.generated.js', '.nx/**', 'coverage/**'] },
  eslint.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    files: ['packages/*/src/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          depConstraints: Object.entries(allowedImports).map(([name, imports]) => ({
            sourceTag: `package:${name}`,
            onlyDependOnLibsWithTags: [`package:${name}`, ...imports.map((other) => `package:${other}`)],
          })),
        },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off', // typed-array and shape indexing is checked by the shape rules, not by the type
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/unified-signatures': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness comes from an explicit key (@basinlab/core/random).' },
      ],
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name="pathname"] > NewExpression.object[arguments.1.object.type="MetaProperty"]',
          message: 'On Windows this is no path ("/C:/..."), and blanks stay "%20": use fileURLToPath.',
        },
      ],
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
