import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Folder = tag = rule: an arrow only ever points inward (docs/architecture.md). */
const boundaries = {
  plugins: { '@nx': nx },
  rules: {
    '@nx/enforce-module-boundaries': [
      'error',
      {
        enforceBuildableLibDependency: false,
        banTransitiveDependencies: true,
        // Standalone runs the other apps' own compositions in its process (docs/adr/0004).
        allow: [
          '@sendback/api',
          '@sendback/broadcaster',
          '@sendback/cleanup',
          '@sendback/gateway',
          '@sendback/register',
          '@sendback/transfer',
        ],
        depConstraints: [
          { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:adapter', 'type:domain'] },
          {
            sourceTag: 'type:adapter',
            onlyDependOnLibsWithTags: ['type:domain'],
            bannedExternalImports: ['inversify', 'reflect-metadata'],
          },
          { sourceTag: 'type:domain', onlyDependOnLibsWithTags: ['type:domain'], allowedExternalImports: [] },
          { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:tool', 'type:adapter', 'type:domain'] },
        ],
      },
    ],
  },
};

const noTesting = {
  group: ['@sendback/**/testing'],
  message: 'Contract suites and in-memory implementations are for specs.',
};
const noNode = { regex: '^node:', message: 'A domain library knows no platform: go through a port.' };
const tests = [
  '**/*.spec.ts',
  '**/*.faults.ts',
  '**/*.documents.ts',
  '**/*.contract.ts',
  '**/src/testing.ts',
  '**/src/testing/**',
];

export default defineConfig(
  { ignores: ['**/dist', '**/.nx', '**/node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, boundaries],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // Memory implementations and handlers keep a promise's shape without waiting for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'no-restricted-imports': ['error', { patterns: [noTesting] }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
        {
          selector: 'CallExpression[callee.property.name=/^(only|skip|todo)$/]',
          message: 'No test is switched off.',
        },
      ],
    },
  },
  {
    files: ['libs/**/*.ts'],
    rules: { 'no-console': 'error', 'no-restricted-globals': ['error', 'process'] },
  },
  {
    files: ['libs/domain/**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-imports': ['error', { patterns: [noTesting, noNode] }] },
  },
  {
    files: tests,
    rules: {
      'no-restricted-imports': 'off',
      'no-restricted-globals': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Jest's asymmetric matchers are typed any.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
