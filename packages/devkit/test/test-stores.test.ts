import { Redis } from 'ioredis';
import { Client } from 'pg';
import { createTestDatabase, createTestRedis } from '../src/test-stores';

describe('createTestDatabase', () => {
  it('makes an empty database, which drop removes under its users', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    const tables = await client.query("select 1 from pg_tables where schemaname = 'public'");

    await database.drop();

    expect(tables.rowCount).toBe(0);
    await expect(client.query('select 1')).rejects.toThrow();
  });
});

describe('createTestRedis', () => {
  it('gives each caller a database of its own', async () => {
    const [one, other] = [await createTestRedis(), await createTestRedis()];
    const clients = [new Redis(one.url), new Redis(other.url)] as const;
    await Promise.all(clients.map((client) => client.set('name', client.options.db ?? 0)));

    await one.flush();

    const left = await Promise.all(clients.map((client) => client.get('name')));
    expect(left).toEqual([null, String(clients[1].options.db)]);
    await Promise.all(clients.map((client) => client.quit()));
  });
});
