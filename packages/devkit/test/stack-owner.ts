import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startStack } from '../src/stack/stack';

// A process of its own for `stack.test.ts`: it starts a stack, says who runs, and waits to be killed.
async function main(dir: string | undefined): Promise<void> {
  const stack = await startStack(dir === undefined ? {} : { dir });
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  await client.query('create table kept (id int); insert into kept values (7)');
  await client.end();
  const keeper = Number(readFileSync(join(stack.dir, 'keeper.pid'), 'utf8'));
  process.send?.({ dir: stack.dir, pids: [keeper, stack.redis.pid, stack.postgres.pid] });
}

void main(process.argv[2]);
