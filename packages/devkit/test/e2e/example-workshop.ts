import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findOrInstallForExamples } from '../../src/stack/example-programs';
import { ROOT } from '../deploy/repository';
import type { Block } from './consumer-page';

/** As strict as a compiler can be told to be, and for Node that runs TypeScript by itself: only types may be erased. */
const COMPILER_OPTIONS = {
  ...{ target: 'es2023', lib: ['es2023'], module: 'nodenext', outDir: 'js', rewriteRelativeImportExtensions: true },
  ...{ strict: true, noUncheckedIndexedAccess: true, noUnusedLocals: true, erasableSyntaxOnly: true },
  ...{ verbatimModuleSyntax: true, types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
};

/** An example that runs. */
export interface Running {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** How it ended. */
  readonly ended: Promise<number | null>;
  kill(): Promise<void>;
}

/** The programs of the page as files, compiled, and what runs them. */
export class ExampleWorkshop {
  private readonly folder = mkdtempSync(join(tmpdir(), 'bridgecore-examples-'));
  private readonly running = new Set<Running>();
  private paths: Readonly<Record<string, string>> = {};

  /** Writes the programs, and compiles those in TypeScript; what the compiler objects to is thrown. */
  async setUp(programs: readonly Block[]): Promise<void> {
    this.paths = await findOrInstallForExamples(() => undefined);
    for (const { title, text } of programs) writeFileSync(join(this.folder, title), text);
    writeFileSync(join(this.folder, 'package.json'), '{"type": "module"}');
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
    symlinkSync(join(ROOT, 'packages/devkit/node_modules'), join(this.folder, 'node_modules'));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const compiling = this.start(process.execPath, [compiler, '-p', this.folder], this.folder, {});
    if ((await compiling.ended) !== 0) throw new Error(compiling.stdout());
  }

  /** A folder of its own for a program that keeps something. */
  home(name: string): string {
    const home = join(this.folder, 'homes', name);
    mkdirSync(home, { recursive: true });
    return home;
  }

  /** Starts a program of the page in this folder. */
  run(title: string, home: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): Running {
    const { bash = '', python3 = '' } = this.paths;
    const script = join(this.folder, title);
    if (title.endsWith('.py')) return this.start(python3, ['-B', script, ...args], home, env);
    if (title.endsWith('.sh')) return this.start(bash, [script, ...args], home, env);
    const compiled = join(this.folder, 'js', title.replace(/\.ts$/, '.js'));
    return this.start(process.execPath, ['--enable-source-maps', compiled, ...args], home, env);
  }

  /** Runs a line or two of bash to their end; what they print. */
  async shell(script: string, env: Readonly<Record<string, string>>): Promise<string> {
    const { bash = '' } = this.paths;
    const run = this.start(bash, ['-euo', 'pipefail', '-c', script], this.home('shell'), env);
    if ((await run.ended) !== 0) throw new Error(run.stderr());
    return run.stdout();
  }

  /** The first column of what a Python example keeps in `inbox.db`. */
  async rowsOf(home: string, query: string): Promise<string[]> {
    const { python3 = '' } = this.paths;
    const program = `import sqlite3; [print(row[0]) for row in sqlite3.connect("inbox.db").execute("${query}")]`;
    const run = this.start(python3, ['-c', program], home, {});
    if ((await run.ended) !== 0) throw new Error(run.stderr());
    return run.stdout().split('\n').filter(Boolean);
  }

  /** Ends what still runs, and leaves nothing behind. */
  async close(): Promise<void> {
    for (const run of this.running) await run.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private start(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Running {
    const folders = Object.values(this.paths).map((path) => dirname(path));
    const path = [...folders, process.env['PATH'] ?? ''].join(':');
    const child = spawn(command, args, {
      ...{ cwd, env: { HOME: process.env['HOME'] ?? cwd, ...env, PATH: path } },
      detached: true, // a group: bash has children
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const kill = async (): Promise<void> => {
      killGroup(child);
      await ended;
    };
    const run: Running = { stdout: () => stdout, stderr: () => stderr, ended, kill };
    this.running.add(run);
    void ended.finally(() => this.running.delete(run));
    return run;
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
