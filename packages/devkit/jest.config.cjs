/**
 * The tests of all packages, as compiled by `tsc -b`: what is tested is what runs. Two at a time on one Redis and one
 * PostgreSQL, which the global setup starts.
 */
module.exports = {
  rootDir: '../..',
  testMatch: ['<rootDir>/{services,packages}/*/dist/test/**/*.test.js'],
  transform: { '/node_modules/jose/': '<rootDir>/packages/devkit/dist/src/jest/esm-to-commonjs.js' },
  transformIgnorePatterns: [],
  testEnvironment: '<rootDir>/packages/devkit/dist/src/jest/leak-environment.js',
  globalSetup: '<rootDir>/packages/devkit/dist/src/jest/global-setup.js',
  globalTeardown: '<rootDir>/packages/devkit/dist/src/jest/global-teardown.js',
  testSequencer: '<rootDir>/packages/devkit/dist/src/jest/longest-first.js',
  reporters: ['default', '<rootDir>/packages/devkit/dist/src/jest/closing-line-reporter.js'],
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB', // also makes every file run in a worker: a leak then cannot keep the run from ending
  testTimeout: 30_000,
  modulePathIgnorePatterns: ['<rootDir>/\\.bridgecore/'],
  watchman: false,
};
