import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable, isExecutable, runApart } from './executables';
import { EXIT_UNAVAILABLE, StackError } from './stack-error';

/** The programs of the package: the server, and what checks and tests its rules. */
export type PrometheusProgram = 'prometheus' | 'promtool';

const FOLDER = 'prometheus';

/**
 * The path of a program of Prometheus: that of the PATH, or else unpacked into `tools` from Debian's package. That needs
 * no root, and starts nothing, as installing the package would.
 */
export async function findOrUnpackPrometheus(program: PrometheusProgram, tools: string): Promise<string> {
  const found = findExecutable(program);
  if (found !== null) return found;
  const unpacked = join(tools, FOLDER, 'usr/bin', program);
  if (!isExecutable(unpacked)) await unpack(tools);
  return unpacked;
}

/** Beside, and then moved into its place at once: two test files may want it at the same time. */
async function unpack(tools: string): Promise<void> {
  if (findExecutable('apt-get') === null || findExecutable('dpkg-deb') === null)
    throw missing('There is no apt-get here.');
  mkdirSync(tools, { recursive: true });
  const work = mkdtempSync(join(tools, `${FOLDER}-`));
  try {
    const deb = await download(work);
    const contents = join(work, 'contents');
    const { code, output } = await runApart(['dpkg-deb', '-x', deb, contents]);
    if (code !== 0) throw missing(`Unpacking it failed:\n${output.trim()}`);
    renameSync(contents, join(tools, FOLDER));
  } catch (error) {
    if (!isThere(error)) throw error; // somebody else was faster
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function isThere(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code));
}

/** With the lists of packages that the system has; where there are none, or old ones, with lists of our own. */
async function download(work: string): Promise<string> {
  const sandbox = ['-o', `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`]; // or it warns of our folder
  const first = await runApart(['apt-get', ...sandbox, '-qq', 'download', 'prometheus'], work);
  let said = first.output;
  if (first.code !== 0) {
    const own = [...sandbox, ...(await ownLists(work, sandbox))];
    said += (await runApart(['apt-get', ...own, '-qq', 'download', 'prometheus'], work)).output;
  }
  const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
  if (deb === undefined) throw missing(`Downloading it failed:\n${said.trim()}`);
  return join(work, deb);
}

/** The options by which apt-get keeps its lists in our folder, filled. */
async function ownLists(work: string, sandbox: readonly string[]): Promise<string[]> {
  const [lists, cache] = [join(work, 'lists'), join(work, 'cache')];
  for (const folder of [lists, cache]) mkdirSync(join(folder, 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  await runApart(['apt-get', ...sandbox, ...options, '-qq', 'update']); // may fail in part: the download tells
  return options;
}

function missing(problem: string): StackError {
  return new StackError(
    `There is no promtool on the PATH, and Debian's package cannot be had. ${problem}\n` +
      'Install Prometheus 2.42 or newer (Debian and Ubuntu: apt-get install prometheus; macOS: brew install prometheus), ' +
      'and run the command again.',
    EXIT_UNAVAILABLE,
  );
}
