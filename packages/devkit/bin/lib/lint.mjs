import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './paths.mjs';
import { runQuietly, step, StepFailed } from './steps.mjs';

const bin = (...path) => join(root, 'node_modules', ...path);
const devkit = (...path) => join(root, 'packages', 'devkit', ...path);

// The compiler comes first: the others look at what it made of the packages.
const CHECKS = {
  types: build,
  eslint: program(
    bin('eslint', 'bin', 'eslint.js'),
    '--config',
    devkit('eslint.config.mjs'),
    '--max-warnings',
    '0',
    'services',
    'packages',
  ),
  prettier: program(bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'),
  imports: program(
    bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
    ...['--config', join(root, '.dependency-cruiser.cjs'), 'services', 'packages'],
  ),
};

function program(...args) {
  return async () => void (await runQuietly(process.execPath, args));
}

/** Runs every check, also after one has failed, so that one run tells everything. */
export async function lint() {
  let exitCode = 0;
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      await step(name, check);
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      process.stderr.write(`${error.message}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}
