import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port';
import { endLeftover } from './leftovers';
import { findOrInstallRedis } from './redis-install';
import { launchAsSelf } from './run-as';
import type { StoreProgram } from './store-process';

/** Makes ready a Redis that keeps its data below `directory`, set up as in production. */
export async function prepareRedis(directory: string, log: (line: string) => void): Promise<StoreProgram> {
  const command = await findOrInstallRedis(log);
  const data = join(directory, 'redis');
  const pidFile = join(directory, 'redis.pid');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  await endLeftover(pidFile, data, 'redis-server', 'SIGTERM');
  const port = await freePort();
  return {
    title: 'Redis',
    launch: launchAsSelf('TERM')(command, redisArguments(port, data, pidFile)),
    url: `redis://127.0.0.1:${port}`,
    port,
    logFile: join(directory, 'redis.log'),
    endSignal: 'SIGTERM',
    answers: () => answersPing(port),
  };
}

function redisArguments(port: number, data: string, pidFile: string): string[] {
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: data,
    pidfile: pidFile,
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    save: '', // the append-only file has it all
    databases: '1024', // each test file takes one of its own
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** While it loads its data it answers with an error, and is not there yet. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      finish(data.toString().startsWith('+PONG'));
    });
    socket.once('timeout', () => {
      finish(false);
    });
    socket.once('error', () => {
      finish(false);
    });
  });
}
