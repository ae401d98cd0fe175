import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { launchUnprivileged, type Launcher, unprivilegedAccount, giveTo } from '../../src/stack/run-as';
import { readDockerfile, wordsOf } from './dockerfile';

/** A process of an image: what it has printed, and with what it ends. */
export interface ImageProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  readonly exit: Promise<number | null>;
}

/** Starts programs of images as somebody who may write nothing there. */
export class ImageRunner {
  private readonly launch: Launcher;
  private readonly children: ChildProcess[] = [];

  constructor(folder: string) {
    const account = unprivilegedAccount(folder);
    giveTo(account, folder); // the folder itself, not what is in it
    this.launch = launchUnprivileged(account, 'SIGKILL', folder, process.execPath);
  }

  /** The image's ENTRYPOINT with these arguments, as far as it is not tini's. */
  start(app: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): ImageProcess {
    const [tini, dashes, node, ...entry] = wordsOf(readDockerfile().at(-1), 'ENTRYPOINT');
    if (`${tini ?? ''} ${dashes ?? ''} ${node ?? ''}` !== 'tini -- node')
      throw new Error('it does not begin with tini');
    return this.node(app, [...entry, ...args], env);
  }

  node(app: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ImageProcess {
    const { command, args: words, options } = this.launch(process.execPath, args);
    const child = spawn(command, words, { ...options, cwd: app, env: { PATH: process.env['PATH'], ...env } });
    this.children.push(child);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const exit = once(child, 'close').then(([code]) => code as number | null);
    return { child, output: () => output, errors: () => errors, exit };
  }

  async stop(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'close');
    }
  }
}
