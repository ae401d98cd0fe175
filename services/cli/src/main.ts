#!/usr/bin/env node
import { World } from './context';
import { EXIT } from './exit-codes';
import { run } from './run';

/** A reader that has seen enough (`| head`) is no failure. */
function endQuietly(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.found);
  });
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

const interruption = new AbortController();
process.on('SIGINT', () => {
  if (interruption.signal.aborted) process.exit(EXIT.interrupted);
  interruption.abort();
  setTimeout(() => process.exit(EXIT.interrupted), 500).unref(); // whatever does not listen to the signal
});
endQuietly(process.stdout);
endQuietly(process.stderr);

const world: World = {
  ...{ env: process.env, out: process.stdout, err: process.stderr, interrupted: interruption.signal },
  get stdin() {
    return process.stdin; // opened only when somebody is asked
  },
};
void run(process.argv.slice(2), world).then(async (exitCode) => {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode); // a connection that does not want to close holds nobody up
});
