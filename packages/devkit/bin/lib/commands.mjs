import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { cliEnvironment } from './cli-env.mjs';
import { install } from './install.mjs';
import { lint } from './lint.mjs';
import { compiled, root } from './paths.mjs';
import { runHere, step } from './steps.mjs';

async function prepare() {
  await step('dependencies', install);
  await step('build', build);
}

/** Every command: what it is for, and what it does; it resolves with the exit code. */
export const commands = {
  start: {
    summary: 'run everything, against the simulator or the Odoo of ODOO_URL; Ctrl-C ends it',
    async run(args) {
      await prepare();
      const { start } = await import(pathToFileURL(join(compiled, 'start', 'start.js')).href);
      return start(args);
    },
  },
  test: {
    summary: 'run all tests on a real Redis and PostgreSQL',
    async run(args) {
      await prepare();
      return runHere(process.execPath, [
        join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
        ...['--config', join(root, 'packages', 'devkit', 'jest.config.cjs')],
        ...args,
      ]);
    },
  },
  bridgecore: {
    summary: 'look after the hub of npm start: -- doctor, -- why sale.order 42, -- --help',
    async run(args) {
      const script = join(root, 'services', 'cli', 'dist', 'src', 'main.js');
      if (!existsSync(script)) await prepare(); // npm start has compiled it; nobody who asks wants to wait for that
      const { env, note } = cliEnvironment();
      if (note !== undefined) process.stderr.write(`${note}\n`);
      return runHere(process.execPath, ['--enable-source-maps', script, ...args], { env });
    },
  },
  drill: {
    summary: 'kill, pause and cut everything under load; then look whether anything was lost or doubled',
    async run(args) {
      await prepare();
      const { runDrill } = await import(pathToFileURL(join(compiled, 'drill', 'main.js')).href);
      return runDrill(args);
    },
  },
  fuzz: {
    summary: 'push mutated recordings for a while: -- --seconds 60 --seed 1',
    async run(args) {
      await prepare();
      const { runFuzz } = await import(pathToFileURL(join(compiled, 'fuzz', 'fuzz-main.js')).href);
      return runFuzz(args);
    },
  },
  bench: {
    summary: 'measure: -- clean-up, what audit rows written meanwhile notice of the daily clean-up',
    async run(args) {
      await prepare();
      const { runBench } = await import(pathToFileURL(join(compiled, 'bench', 'main.js')).href);
      return runBench(args);
    },
  },
  migrate: {
    summary: 'bring the schema of DATABASE_URL up to date',
    async run(args) {
      await prepare();
      return runHere(process.execPath, [join(root, 'packages', 'database', 'dist', 'src', 'migrate.js'), ...args]);
    },
  },
  lint: {
    summary: 'check types, style, format and the direction of imports',
    async run() {
      await step('dependencies', install);
      return lint();
    },
  },
  build: {
    summary: 'install and compile',
    async run() {
      await prepare();
      return 0;
    },
  },
};
