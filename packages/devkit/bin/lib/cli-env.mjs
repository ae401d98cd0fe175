import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const FILE = join(root, '.bridgecore', 'cli.env');

/** What says where the hub is: whoever sets one of these does not mean the hub of `npm start`. */
const OWN = ['BRIDGECORE_URL', 'BRIDGECORE_PUSH_URL', 'REDIS_URL', 'DATABASE_URL'];

/**
 * The environment of the command line: that of the `npm start` which runs, unless the user's own says where to look.
 * `note` is for people: why there is none.
 */
export function cliEnvironment(env = process.env, file = FILE) {
  const left = read(file);
  if (left === undefined || OWN.some((name) => env[name])) return { env };
  if (!isRunning(left.pid)) {
    return {
      env,
      note: `${file} is of an npm start that has ended, and is not used. Begin with npm start, or set BRIDGECORE_URL.`,
    };
  }
  return { env: { ...left.variables, ...withoutEmpty(env) } };
}

function read(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const pairs = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return line.startsWith('#') || at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return { variables: Object.fromEntries(pairs), pid: Number(/^# pid (\d+)$/m.exec(text)?.[1]) };
}

function withoutEmpty(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

/** A process that is somebody else's runs too. */
function isRunning(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
