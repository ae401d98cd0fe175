import { type SpawnOptions, spawnSync } from 'node:child_process';
import { chownSync, readFileSync, statSync } from 'node:fs';
import { EXIT_UNAVAILABLE, StackError } from './stack-error';

/** How a program is started: wrapped into another command, or as another user, or just as it is. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: Pick<SpawnOptions, 'uid' | 'gid'>;
}

/** Turns a program and its arguments into what has to be spawned. */
export type Launcher = (command: string, args: readonly string[]) => Launch;

/** Who owns and runs PostgreSQL when we are root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

// Neither of them may read more than anybody may. The last two are there on every Linux.
const UNPRIVILEGED = ['postgres', 'nobody', 'daemon'];
// What lets an account reach a folder below one that is closed to it, such as a clone in /root. The second is for
// containers, whose root usually lacks the first. Neither is used where the folder can be reached without.
const TO_REACH = ['dac_read_search', 'dac_override'];

/** As the current user; the program is asked to end when we are gone, even by SIGKILL, where the system can do that. */
export function launchAsSelf(endSignal: string): Launcher {
  const wrapper = setprivFor(endSignal);
  if (wrapper === null) return (command, args) => ({ command, args, options: {} });
  return (command, args) => ({ command: 'setpriv', args: [...wrapper, '--', command, ...args], options: {} });
}

/** The account that may own PostgreSQL's files: the owner that they have, or the first unprivileged one there is. */
export function unprivilegedAccount(directory: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  const { uid, gid } = statSync(directory);
  if (uid !== 0) return { uid, gid };
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const entry = UNPRIVILEGED.map((name) => accounts.find(([given]) => given === name)).find(
    (found) => found !== undefined,
  );
  if (entry === undefined)
    throw new StackError(rootAdvice(`there is no account named ${UNPRIVILEGED.join(', ')}`), EXIT_UNAVAILABLE);
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Hands a file or folder over to the account that PostgreSQL runs as. */
export function giveTo(account: Account | null, path: string): void {
  if (account === null) return;
  try {
    chownSync(path, account.uid, account.gid);
  } catch (error) {
    throw new StackError(rootAdvice((error as Error).message), EXIT_UNAVAILABLE);
  }
}

/**
 * PostgreSQL refuses to run as root, so it gets another account, which must reach its programs and its data. The ways
 * are tried in turn, from no privilege to the least that is needed.
 */
export function launchUnprivileged(
  account: Account | null,
  endSignal: string,
  directory: string,
  program: string,
): Launcher {
  if (account === null) return launchAsSelf(endSignal);
  let problem = '';
  for (const way of waysToBecome(account, endSignal)) {
    const { command, args, options } = way('/bin/sh', [
      '-c',
      'cd "$1" && test -w . && "$2" --version',
      'sh',
      directory,
      program,
    ]);
    const probe = spawnSync(command, args, { ...options, cwd: '/', encoding: 'utf8' });
    // What it prints counts too: with a half-way PostgreSQL complains about its own program and goes on.
    if (probe.status === 0 && probe.stderr === '') return way;
    problem = probe.error?.message ?? probe.stderr.trim();
  }
  throw new StackError(rootAdvice(problem), EXIT_UNAVAILABLE);
}

function waysToBecome({ uid, gid }: Account, endSignal: string): Launcher[] {
  const wrapper = setprivFor(endSignal);
  if (wrapper === null) return [(command, args) => ({ command, args, options: { uid, gid } })];
  const account = [...wrapper, '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return [[], ...TO_REACH.map(keeping)].map((kept) => (command, args) => {
    return { command: 'setpriv', args: [...account, ...kept, '--', command, ...args], options: {} };
  });
}

/** The fix-up must be off, or access(2), by which PostgreSQL looks at its programs, would ignore what was kept. */
function keeping(capability: string): string[] {
  return [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`, '--securebits=+no_setuid_fixup'];
}

/** The first words of a `setpriv` that knows parent death signals, which not every system has. */
function setprivFor(endSignal: string): string[] | null {
  const wrapper = ['--pdeathsig', endSignal];
  return spawnSync('setpriv', [...wrapper, '--', 'true'], { stdio: 'ignore' }).status === 0 ? wrapper : null;
}

function rootAdvice(problem: string): string {
  return (
    `PostgreSQL does not run as root, and giving it another account did not work here (${problem}).\n` +
    'Run this as an ordinary user, or put the clone where other accounts can reach it,\n' +
    'or (for npm start) set DATABASE_URL to a PostgreSQL of your own.'
  );
}
