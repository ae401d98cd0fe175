import { execFileSync, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { isAlive } from '../src/stack/process-tree';
import { type Stack, startStack } from '../src/stack/stack';
import { startOwnStack } from '../src/test-stores';
import { until } from '../src/until';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const results = [await client.query<Record<string, unknown>>(statement)].flat(); // one for each statement
    return results.flatMap(({ rows }) => rows.flatMap((row) => Object.values(row)));
  } finally {
    await client.end();
  }
}

async function redis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, {
    maxRetriesPerRequest: 0,
    commandTimeout: 1_000,
    retryStrategy: () => null,
    lazyConnect: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    client.disconnect();
  }
}

describe('a stack', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startOwnStack();
  });
  afterAll(async () => {
    await stack.stop();
  });

  it('sets up Redis as in production', async () => {
    const settings = await redis(stack.redisUrl, (client) =>
      client.config('GET', 'appendonly', 'appendfsync', 'maxmemory-policy', 'bind'),
    );

    expect(Object.fromEntries(chunk(settings))).toEqual({
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
      bind: '127.0.0.1',
    });
  });

  it('sets up PostgreSQL as in production, reached by loopback and with a password only', async () => {
    const [encoding] = await query(stack.databaseUrl, 'show server_encoding');
    const [fsync] = await query(stack.databaseUrl, 'show fsync');
    const [listen] = await query(stack.databaseUrl, 'show listen_addresses');
    const withoutPassword = new URL(stack.databaseUrl);
    withoutPassword.password = 'wrong';

    expect([encoding, fsync, listen]).toEqual(['UTF8', 'on', '127.0.0.1']);
    expect(statSync(join(stack.dir, 'postgres', 'password')).mode & 0o777).toBe(0o600);
    await expect(query(withoutPassword.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('runs its stores in sessions of their own, away from the terminal', () => {
    const ours = session(process.pid);

    const sessions = [stack.redis.pid, stack.postgres.pid].map((pid) => session(pid ?? 0));

    expect(sessions).toEqual([stack.redis.pid, stack.postgres.pid]);
    expect(sessions).not.toContain(ours);
  });

  it.each(['stop', 'kill'] as const)('has the same data on the same port after %s and start', async (how) => {
    await redis(stack.redisUrl, (client) => client.set('kept', how));
    await query(
      stack.databaseUrl,
      `create table if not exists kept (how text); delete from kept; insert into kept values ('${how}')`,
    );
    const pids = [stack.redis.pid, stack.postgres.pid];

    // The append-only file reaches the disk once a second, but the file system at once: a killed process loses nothing.
    await Promise.all([stack.redis[how](), stack.postgres[how]()]);
    await expect(redis(stack.redisUrl, (client) => client.ping())).rejects.toThrow();
    await expect(query(stack.databaseUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await Promise.all([stack.redis.start(), stack.postgres.start()]);

    expect(await redis(stack.redisUrl, (client) => client.get('kept'))).toBe(how);
    expect(await query(stack.databaseUrl, 'select how from kept')).toEqual([how]);
    expect([stack.redis.pid, stack.postgres.pid]).not.toEqual(pids);
  });

  it('answers nobody while paused, and goes on when resumed', async () => {
    const client = new Client({ connectionString: stack.databaseUrl });
    await client.connect();
    await Promise.all([stack.redis.pause(), stack.postgres.pause()]);
    const answer = client.query('select 1');
    const answered = jest.fn();
    void answer.then(answered);

    await expect(redis(stack.redisUrl, (other) => other.ping())).rejects.toThrow();
    await expect(query(stack.databaseUrl, 'select 1')).rejects.toThrow('timeout');
    expect(answered).not.toHaveBeenCalled();
    await Promise.all([stack.redis.resume(), stack.postgres.resume()]);

    expect((await answer).rowCount).toBe(1);
    expect(await redis(stack.redisUrl, (other) => other.ping())).toBe('PONG');
    await client.end();
  });

  it('tells when a store dies by itself', async () => {
    const deaths: string[] = [];
    const own = await startStack({ stores: ['redis'], onDeath: (store) => deaths.push(store) });

    process.kill(own.redis.pid ?? 0, 'SIGKILL');

    await until(() => deaths.length > 0, { what: 'the death to be told' });
    expect([deaths, own.redis.pid]).toEqual([['redis'], null]);
    await own.stop();
  });
});

describe('the folder of a stack', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'bridgecore-test-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('keeps the data for the next stack', async () => {
    const first = await startStack({ dir });
    await query(first.databaseUrl, 'create table kept (id int)');
    await redis(first.redisUrl, (client) => client.set('kept', '1'));
    await first.stop();

    const second = await startStack({ dir });

    expect(await query(second.databaseUrl, 'select count(*) from kept')).toEqual(['0']);
    expect(await redis(second.redisUrl, (client) => client.get('kept'))).toBe('1');
    await second.stop();
  });

  it('is for one stack at a time', async () => {
    const first = await startStack({ dir, stores: ['redis'] });

    const second = startStack({ dir, stores: ['redis'] });

    await expect(second).rejects.toThrow(/is in use by another BridgeCore \(process \d+\)/);
    await first.stop();
  });

  it('is free again, with its data, when whoever used it was killed', async () => {
    const owner = await startOwner(dir);

    owner.child.kill('SIGKILL');
    const next = await startStack({ dir });

    expect(owner.pids.filter(isAlive)).toEqual([]);
    expect(await query(next.databaseUrl, 'select id from kept')).toEqual([7]);
    await next.stop();
  });

  it('is free again, with its data, when everything was killed at once', async () => {
    const owner = await startOwner(dir);

    owner.child.kill('SIGKILL');
    for (const pid of owner.pids) process.kill(pid, 'SIGKILL');
    const next = await startStack({ dir });

    expect(await query(next.databaseUrl, 'select id from kept')).toEqual([7]);
    await next.stop();
  });

  it('is not blocked by a process that has got the id of an earlier store', async () => {
    const first = await startStack({ dir });
    await first.stop();
    const pidFile = join(dir, 'postgres', 'data', 'postmaster.pid');
    writeFileSync(pidFile, `${process.pid}\n${dir}\n`);
    writeFileSync(join(dir, 'keeper.pid'), `${process.pid}\n`);

    const second = await startStack({ dir });

    expect(second.postgres.pid).not.toBeNull();
    await second.stop();
  });
});

it('a temporary stack leaves nothing behind when its user is killed', async () => {
  const owner = await startOwner(null);

  owner.child.kill('SIGKILL');

  await until(() => !owner.pids.some(isAlive), { what: 'the stores and their keeper to end' });
  await until(() => !existsSync(owner.dir), { what: 'the folder to be gone' });
});

/** Another process with a stack, which can be killed. */
async function startOwner(
  dir: string | null,
): Promise<{ child: ReturnType<typeof fork>; dir: string; pids: number[] }> {
  const child = fork(join(__dirname, 'stack-owner.js'), dir === null ? [] : [dir]);
  const message = await new Promise((resolve) => child.once('message', resolve));
  return { child, ...(message as { dir: string; pids: number[] }) };
}

function session(pid: number): number {
  if (process.platform !== 'linux')
    return Number(execFileSync('ps', ['-o', 'sess=', '-p', String(pid)], { encoding: 'utf8' }));
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}

function chunk(list: readonly string[]): [string, string][] {
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? ''] as [string, string]] : []));
}
