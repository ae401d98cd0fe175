#!/usr/bin/env node
// The commands of the project, from a fresh clone: plain JavaScript on Node's own modules, since nothing is installed yet.
import { commands } from './lib/commands.mjs';
import { checkNode } from './lib/node-version.mjs';
import { StepFailed } from './lib/steps.mjs';

const [name = '--help', ...args] = process.argv.slice(2);

function usage() {
  const lines = Object.entries(commands).map(([command, { summary }]) => `  npm run ${command.padEnd(10)} ${summary}`);
  return [
    'What there is to run:',
    '',
    ...lines,
    '',
    'Arguments after -- go through: npm test -- --testPathPatterns=record',
    '',
  ].join('\n');
}

async function main() {
  if (['--help', '-h', 'help'].includes(name)) {
    process.stdout.write(usage());
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : null;
  if (command === null) {
    process.stderr.write(`There is no command "${name}".\n\n${usage()}`);
    return 64;
  }
  checkNode();
  return command.run(args);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
