import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from './paths.mjs';

/** A step did not succeed; the message is for the user. */
export class StepFailed extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Does one step and prints one line about it: what it was and how long it took. */
export async function step(title, work) {
  const started = performance.now();
  try {
    const note = await work();
    print(`✓ ${title} ${seconds(started)}${note === undefined ? '' : ` (${note})`}`);
  } catch (error) {
    print(`✗ ${title} ${seconds(started)}`);
    throw error;
  }
}

/** Runs a program silently. When it fails, all that it printed is in the error. */
export async function runQuietly(command, args, { env = process.env } = {}) {
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => (output += chunk));
  }
  const [code, signal] = await ended(child, command);
  if (code === 0) return output;
  throw new StepFailed(
    `${output.trimEnd()}\n${command} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}.`,
    1,
  );
}

/** Runs a program with our input and output, and gives its exit code. It decides itself what a signal means to it. */
export async function runHere(command, args, { env = process.env } = {}) {
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', noop); // a terminal sends it to the child too
  process.on('SIGTERM', forward);
  const [code, signal] = await ended(child, command);
  process.off('SIGINT', noop);
  process.off('SIGTERM', forward);
  return code ?? (signal === 'SIGINT' ? 130 : 143);
}

async function ended(child, command) {
  return once(child, 'close').catch((error) => {
    throw new StepFailed(`${command} could not be started: ${error.message}`, 69);
  });
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

function print(line) {
  process.stderr.write(`${line}\n`);
}

function noop() {}
