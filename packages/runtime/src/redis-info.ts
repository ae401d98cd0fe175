import { Redis } from 'ioredis';

/** What Redis says about itself, as far as the queues rest on it; what it does not say is undefined. */
export interface RedisInfo {
  readonly usedBytes: number | undefined;
  /** 0: no bound. */
  readonly maxBytes: number | undefined;
  readonly policy: string | undefined;
  readonly isDurable: boolean | undefined;
}

/** Asks by INFO, since managed services deny CONFIG. */
export async function readInfo(redis: Redis): Promise<RedisInfo> {
  const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')]);
  const said = new Map(`${memory}\r\n${persistence}`.split('\r\n').map(nameAndValue));
  const number = (name: string): number | undefined => (said.has(name) ? Number(said.get(name)) : undefined);
  const appendOnly = said.get('aof_enabled');
  return {
    usedBytes: number('used_memory'),
    maxBytes: number('maxmemory'),
    policy: said.get('maxmemory_policy'),
    isDurable: appendOnly === undefined ? undefined : appendOnly === '1',
  };
}

function nameAndValue(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
}
