import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../../src/until';

const ROOT = resolve(__dirname, '../../../../..');

/** A line of a service's log, and when it was read, by `performance.now()`. */
export interface Line extends Record<string, unknown> {
  readonly message: string;
  readonly readAt: number;
}

export type ServiceKind = 'gateway' | 'scheduler' | 'worker';

/** How a process ended that was asked to. */
export interface Ended {
  readonly name: string;
  readonly code: number | null;
  readonly tookMs: number;
}

interface Member {
  readonly kind: ServiceKind;
  readonly name: string;
  readonly child: ChildProcess;
  /** Public for a gateway, of its health for the others. */
  readonly port: number;
}

/** The services as a rolling update runs them: first a new one that is ready, then one of the old ones is asked to end. */
export class RollingFleet {
  readonly lines: Line[] = [];
  readonly ended: Ended[] = [];
  private members: Member[] = [];
  private count = 0;

  /** Told of every gateway that is ready. */
  constructor(
    private readonly env: Readonly<Record<string, string>>,
    private readonly joined: (port: number) => void,
  ) {}

  /** Resolves when it is ready. */
  async start(kind: ServiceKind): Promise<void> {
    const name = `${kind}-${(this.count += 1)}`;
    const script = join(ROOT, 'services', kind, 'dist/src/main.js');
    const own = { PORT: '0', OPERATOR_PORT: '0', HEALTH_PORT: '0', HOST: '127.0.0.1', HEALTH_HOST: '127.0.0.1' };
    const env = { PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', ...own, ...this.env };
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const member = { kind, name, child, port: 0 };
    this.members.push(member);
    createInterface({ input: child.stdout }).on('line', (text) => {
      this.lines.push({ ...(JSON.parse(text) as Line), name, readAt: performance.now() });
    });
    const isStarted = (line: Line): boolean => line['name'] === name && line.message === `${kind}.started`;
    const started = await until(() => this.lines.find(isStarted), { what: `${name} to start`, timeoutMs: 30_000 });
    const port = Number(started['port'] ?? started['health_port']);
    this.members[this.members.indexOf(member)] = { ...member, port };
    await until(() => isReady(port), { what: `${name} to be ready`, timeoutMs: 30_000, intervalMs: 50 });
    if (kind === 'gateway') this.joined(port);
  }

  /** Restarts all of these kinds, one after another; the next new one starts while an old one ends. */
  async roll(...kinds: readonly ServiceKind[]): Promise<void> {
    const old = kinds.flatMap((kind) => this.members.filter((member) => member.kind === kind));
    let next = old[0] === undefined ? undefined : this.start(old[0].kind);
    for (const [index, member] of old.entries()) {
      await next;
      const follower = old[index + 1];
      next = follower === undefined ? undefined : this.start(follower.kind);
      await this.stop(member);
    }
  }

  /** Kills the oldest of this kind, as a machine that fails does; returns its port. */
  async crash(kind: ServiceKind): Promise<number> {
    const member = this.members.find((one) => one.kind === kind);
    if (member === undefined) throw new Error(`there is no ${kind} to kill`);
    this.members = this.members.filter((other) => other !== member);
    const closed = once(member.child, 'close');
    member.child.kill('SIGKILL');
    await closed;
    return member.port;
  }

  /** What was logged under this name. */
  named(message: string): Line[] {
    return this.lines.filter((line) => line.message === message);
  }

  /** Ends all in the order of their starts, whatever happened to them. */
  async end(): Promise<void> {
    for (const member of [...this.members]) await this.stop(member);
  }

  private async stop(member: Member): Promise<void> {
    const { name, child } = member;
    this.members = this.members.filter((other) => other !== member);
    if (child.exitCode !== null || child.signalCode !== null) {
      this.ended.push({ name, code: child.exitCode, tookMs: 0 }); // nobody has asked it to
      return;
    }
    const startedAt = performance.now();
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const [code] = (await closed) as [number | null];
    clearTimeout(impatience);
    this.ended.push({ name, code, tookMs: performance.now() - startedAt });
  }
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { headers: { connection: 'close' } });
  await answer.text();
  return answer.ok;
}
