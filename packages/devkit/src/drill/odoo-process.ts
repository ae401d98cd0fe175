import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { OdooChange } from './ledger';

/** What a simulated Odoo is told before anything else. */
export interface OdooSetup {
  readonly seed: number;
  readonly apiKey: string;
  readonly pushUrl: string;
  readonly pushKey: string;
  /** Before each answer. */
  readonly latencyMs: number;
}

/** What the drill asks of it. */
export type OdooOrder =
  | ({ readonly kind: 'open' } & OdooSetup)
  | { readonly kind: 'load'; readonly perSecond: number }
  | { readonly kind: 'stop' | 'ledger' };

/** What it answers. */
export type OdooAnswer =
  | { readonly kind: 'open'; readonly url: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'ledger'; readonly changes: readonly OdooChange[] };

/** A simulated Odoo in a process of its own, from the drill's side. */
export class OdooProcess {
  private readonly child: ChildProcess;

  constructor(readonly system: string) {
    this.child = fork(join(__dirname, 'odoo-main.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  /** Resolves with its address. */
  async open(setup: OdooSetup): Promise<string> {
    return (await this.ask({ kind: 'open', ...setup }, 'open')).url;
  }

  load(perSecond: number): void {
    this.child.send({ kind: 'load', perSecond } satisfies OdooOrder);
  }

  /** Resolves when all that it had to push is pushed. */
  async stop(): Promise<void> {
    await this.ask({ kind: 'stop' }, 'stopped');
  }

  async ledger(): Promise<readonly OdooChange[]> {
    return (await this.ask({ kind: 'ledger' }, 'ledger')).changes;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private ask<Kind extends OdooAnswer['kind']>(order: OdooOrder, kind: Kind): Promise<OdooAnswer & { kind: Kind }> {
    return new Promise((resolve, reject) => {
      const gone = (): void => {
        reject(new Error(`the simulated Odoo ${this.system} has ended`));
      };
      const take = (answer: OdooAnswer): void => {
        if (answer.kind !== kind) return;
        this.child.off('message', take).off('exit', gone);
        resolve(answer as OdooAnswer & { kind: Kind });
      };
      this.child.on('message', take).once('exit', gone);
      this.child.send(order);
    });
  }
}
