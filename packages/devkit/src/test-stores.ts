import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { type Stack, startStack } from './stack/stack';

const REDIS_DATABASES = 1_024;

/** A database of its own on the PostgreSQL that all tests share. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, also under those who are still connected. */
  drop(): Promise<void>;
}

/** A numbered database of its own on the Redis that all tests share; `prefix` is unique too, for those who need one. */
export interface TestRedis {
  readonly url: string;
  readonly prefix: string;
  /** Empties this database only. */
  flush(): Promise<void>;
}

/** Makes an empty database. Migrations are the caller's business. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const shared = sharedUrl('TEST_DATABASE_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(shared, `create database ${name}`);
  const url = new URL(shared);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(shared, `drop database if exists ${name} with (force)`) };
}

/** Takes the next database of the shared Redis, empty. */
export async function createTestRedis(): Promise<TestRedis> {
  const shared = sharedUrl('TEST_REDIS_URL');
  const taken = await withRedis(shared, (redis) => redis.incr('test-databases'));
  const url = `${shared}/${1 + (taken % (REDIS_DATABASES - 1))}`;
  const flush = async (): Promise<void> => {
    await withRedis(url, (redis) => redis.flushdb());
  };
  await flush();
  return { url, prefix: `test-${randomBytes(6).toString('hex')}`, flush };
}

/** Stores that no other test uses, to be stopped, killed and frozen. They leave nothing behind. */
export function startOwnStack(): Promise<Stack> {
  return startStack({ log: () => undefined });
}

function sharedUrl(name: 'TEST_DATABASE_URL' | 'TEST_REDIS_URL'): string {
  const url = process.env[name];
  if (url === undefined) throw new Error(`${name} is not set: run the tests with "npm test", which starts the stores`);
  return url;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    return await work(redis);
  } finally {
    await redis.quit();
  }
}
