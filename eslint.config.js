import tseslint from 'typescript-eslint'

export default tseslint.config(
  {
    ignores: [
      'dist',
      'build',
      'prebuilds',
      '.cache',
      'gemrig-results',
      'bench',
      'scripts',
      'native',
      'test/board/*-guest.mjs',
      'test/{cli,native}/*.mjs',
      'test/fuzz',
      'docs',
      '*.config.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { args: 'after-used', argsIgnorePattern: '^_' }],
      // A mixin's objects are typed by what it adds and by its base, not by its own constructor.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // -errno | 0 says more than number.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
)
