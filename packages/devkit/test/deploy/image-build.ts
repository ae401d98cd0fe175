import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Instruction, readDockerfile, type Stage } from './dockerfile';
import { readText, ROOT, SERVICES } from './repository';

/** What `.dockerignore` leaves of the files that are in git, or would be: the context of a build. */
export function contextFiles(): string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(Boolean);
  const patterns = readText('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isBack: line.startsWith('!'), expression: expressionOf(line.replace('!', '')) }));
  return files.filter((file) => {
    const last = patterns.filter(({ expression }) => expression.test(file)).at(-1);
    return last === undefined || last.isBack;
  });
}

/** A pattern matches a file, and every file in a folder that it matches. */
function expressionOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replace(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${source}(/|$)`);
}

/**
 * Builds images as deploy/Dockerfile says, without a container engine: its COPY and RUN are done as they are written, in a
 * folder instead of a file system. What comes before ARG SERVICE is done once, as an engine does.
 */
export class ImageBuild {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'bridgecore-images-')));
  private readonly context = join(this.folder, 'context');
  private readonly source = join(this.folder, 'src');
  private readonly environment: NodeJS.ProcessEnv;
  private readonly common: readonly Instruction[];
  private readonly own: readonly Instruction[];
  private readonly image: Stage;

  constructor() {
    const [build, image, ...more] = readDockerfile();
    if (build === undefined || image === undefined || more.length > 0) throw new Error('there are not two stages');
    const begin = build.instructions.findIndex(({ name, text }) => name === 'ARG' && text === 'SERVICE');
    this.common = build.instructions.slice(0, begin);
    this.own = build.instructions.slice(begin);
    this.image = image;
    const programs = join(this.folder, 'npm'); // where `npm install --global` puts them
    const path = `${join(programs, 'bin')}:${process.env['PATH'] ?? ''}`;
    this.environment = { ...process.env, npm_config_prefix: programs, PATH: path };
    chmodSync(this.folder, 0o755); // others must reach it
    mkdirSync(this.source);
    for (const file of contextFiles()) cpSync(join(ROOT, file), join(this.context, file));
    this.run(this.common, {});
  }

  /** The folder that is /app in the image of this service; nothing can be added to it. */
  build(service: string): string {
    this.run(this.own, { SERVICE: service });
    const app = join(this.folder, 'images', service);
    mkdirSync(dirname(app), { recursive: true });
    for (const { name, text } of this.image.instructions) {
      const [from = '', to = ''] = text.split(' ').filter((word) => !word.startsWith('--'));
      if (name !== 'COPY') continue;
      if (text.startsWith('--from=build ')) renameSync(join(this.source, from.replace('/src/', '')), app);
      else cpSync(join(this.context, from), join(app, to, basename(from)));
    }
    for (const name of [...SERVICES.map((one) => `services/${one}`), 'packages/devkit']) {
      rmSync(join(this.source, name, 'dist'), { recursive: true, force: true }); // as it was before ARG SERVICE
    }
    forFolders(app, 'a-w');
    return app;
  }

  remove(): void {
    forFolders(this.folder, 'u+w');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(instructions: readonly Instruction[], args: NodeJS.ProcessEnv): void {
    for (const { name, text } of instructions) {
      if (name === 'ENV') Object.assign(this.environment, Object.fromEntries([text.split('=')]));
      if (name === 'COPY') this.copy(text.split(' '));
      if (name === 'RUN') this.shell(text, args);
    }
  }

  private copy(words: readonly string[]): void {
    const to = join(this.source, words.at(-1) ?? '');
    for (const from of words.slice(0, -1)) {
      const entries = from === '.' ? readdirSync(this.context) : [from];
      for (const entry of entries) cpSync(join(this.context, entry), join(to, entry), { recursive: true });
    }
  }

  private shell(command: string, args: NodeJS.ProcessEnv): void {
    const env = { ...this.environment, ...args };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: this.source, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`RUN ${command}\n${stdout}\n${stderr}`);
  }
}

/** Folders only: files are hard links to what other installations use too. */
function forFolders(folder: string, mode: string): void {
  execFileSync('find', [folder, '-type', 'd', '-exec', 'chmod', mode, '{}', '+']);
}
