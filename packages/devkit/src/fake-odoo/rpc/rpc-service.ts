import type { Json, JsonObject } from '../json-write';
import type { Written } from '../change';
import type { OpenTransaction } from '../journal';
import { bind, idsOf } from './binding';
import { CallContext, isObject, textOf } from './call-context';
import type { CallEnv, RpcStore } from './call-env';
import { accessDenied, accessError, missing, OdooError, pythonError } from './odoo-error';
import { methodOf, type Method } from './methods';
import type { RpcUser } from './rpc-user';

/** A call as `onRpc` is told of it. */
export interface RpcCallNotice {
  readonly model: string;
  readonly method: string;
  /** `after` is after the commit and before the answer. */
  readonly phase: 'before' | 'after';
}

export type RpcHook = (call: RpcCallNotice) => void | Promise<void>;

/** What the service has to know about the Odoo it belongs to. */
export interface ServiceDeps {
  readonly store: RpcStore;
  /** Undefined: RPC is not set up, and nobody may log in. */
  readonly database: string | undefined;
  readonly users: readonly RpcUser[];
  readonly hook: () => RpcHook | undefined;
  /** Told of the events of each transaction, once it is committed. */
  readonly committed: (written: readonly Written[]) => void;
}

/** Who calls what; transports differ in how they bind and answer. */
export interface Invocation {
  readonly user: RpcUser;
  readonly model: string;
  readonly method: string;
  readonly context: JsonObject;
  readonly run: (method: Method, env: CallEnv) => Json | undefined;
}

/** Logs in and runs calls, each in a transaction of its own. */
export class RpcService {
  private readonly counts = new Map<string, number>();

  constructor(readonly deps: ServiceDeps) {}

  /** How often each method was called: `{'res.partner.load': 3}`. */
  calls(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  resetCalls(): void {
    this.counts.clear();
  }

  get version(): RpcStore['version'] {
    return this.deps.store.version;
  }

  /** Raises what PostgreSQL says for a database that is not there. */
  checkDatabase(name: Json | undefined): void {
    const { database } = this.deps;
    if (database === undefined || name === database) return;
    const socket = '/var/run/postgresql/.s.PGSQL.5432';
    const text = `connection to server on socket "${socket}" failed: FATAL:  database "${textOf(name)}" does not exist\n`;
    throw new OdooError('psycopg2.OperationalError', text, 500);
  }

  /** By login and key; undefined when they do not fit. */
  authenticate(login: Json | undefined, key: Json | undefined): RpcUser | undefined {
    return this.deps.users.find((user) => user.login === login && user.key === key && key !== '');
  }

  userByKey(key: string): RpcUser | undefined {
    return this.deps.users.find((user) => user.key === key && key !== '');
  }

  /** By uid and key: what every `execute_kw` shows. */
  login(uid: Json | undefined, key: Json | undefined): RpcUser {
    const users = this.deps.users.filter(({ id }) => id === uid);
    if (users.length === 0 && this.deps.database !== undefined && typeof uid === 'number' && uid > 2)
      throw missing('res.users', [uid], uid);
    const user = users.find((candidate) => candidate.key === key && key !== '');
    if (user === undefined) throw accessDenied();
    return user;
  }

  /** The method, or what Odoo answers for one that is private or does not exist. */
  method(model: string, name: string): Method {
    if (name.startsWith('_')) {
      const shown = this.version === 18 ? name : `'${model}.${name}'`;
      throw accessError(`Private methods (such as ${shown}) cannot be called remotely.`);
    }
    this.deps.store.models.get(model);
    const method = methodOf(model, name);
    if (method !== undefined) return method;
    throw pythonError('AttributeError', `The method '${name}' does not exist on the model '${model}'`);
  }

  /** Positional arguments, the ids first where there are any, and named ones; the context is one of them. */
  execute(
    user: RpcUser,
    model: string,
    name: string,
    positional: readonly Json[],
    named: JsonObject,
  ): Promise<Json | undefined> {
    const { context, ...rest } = named;
    const run = (method: Method, env: CallEnv): Json | undefined => {
      const ids = method.takesIds ? idsOf(positional[0]) : [];
      const bound = bind(method, method.takesIds ? positional.slice(1) : positional, rest);
      if ('problem' in bound) throw pythonError('TypeError', `${name}() ${bound.problem}`);
      return method.run({ model, ids, args: bound.args, env });
    };
    return this.invoke({ user, model, method: name, context: isObject(context) ? context : {}, run });
  }

  /** Runs one call; the transaction is committed when it returns and rolled back when it raises. */
  async invoke({ user, model, method: name, context, run }: Invocation): Promise<Json | undefined> {
    const method = this.method(model, name);
    const key = `${model}.${name}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    await this.deps.hook()?.({ model, method: name, phase: 'before' });
    const result = this.inTransaction(user, new CallContext(context), (env) => run(method, env), true);
    await this.deps.hook()?.({ model, method: name, phase: 'after' });
    return result;
  }

  /** Also for the test's own changes, which nobody's rights and rules stop. */
  inTransaction<Result>(
    user: RpcUser,
    context: CallContext,
    work: (env: CallEnv) => Result,
    isChecked: boolean,
    options: { readonly silent?: boolean; readonly at?: Date; readonly client?: 'web' } = {},
  ): Result {
    const { store } = this.deps;
    const at = options.at ?? store.now();
    let open: OpenTransaction | undefined;
    const silent = options.silent === true || context.isWebhookDisabled;
    const transaction = (): OpenTransaction =>
      (open ??= store.journal.open({ client: options.client ?? 'jsonrpc', silent, at }));
    try {
      const result = work({ store, user, context, transaction, isChecked });
      if (open !== undefined) this.deps.committed(open.commit());
      return result;
    } catch (error) {
      open?.rollback();
      throw error;
    }
  }
}
