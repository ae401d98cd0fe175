import { Redis } from 'ioredis';
import { Gauge, Registry } from 'prom-client';
import { Log } from './logger';
import { readInfo, RedisInfo } from './redis-info';
import { isConnectionError } from './redis';

/** Whether Redis is set up so that it keeps what it accepts. */
export interface RedisSettings {
  /** The policy by which Redis may throw jobs away; undefined when it does not, or was not asked yet. */
  readonly evictsBy: () => string | undefined;
  readonly stop: () => void;
}

/** Set right by an operator, it is noticed within this time. */
const LOOK_MS = 5_000;

/**
 * Looks at every new connection (a failover may lead to a Redis with other settings) and every few seconds, so that it
 * heals without a restart. Each change is told once; one watched connection per process is enough.
 */
export function watchSettings(redis: Redis, log: Log, metrics?: Registry, everyMs = LOOK_MS): RedisSettings {
  const tell = changes(log);
  const show = metrics === undefined ? undefined : gauges(metrics);
  let policy: string | undefined;
  const look = async (): Promise<void> => {
    if (redis.status !== 'ready') return;
    try {
      const info = await readInfo(redis);
      policy = info.policy === 'noeviction' ? undefined : info.policy;
      show?.(info);
      tell.durable(info.isDurable ?? true);
      tell.evicts(policy);
    } catch (error) {
      if (isDenied(error)) tell.denied(error);
      else if (!isConnectionError(error)) log.debug('redis.info_failed', { error }); // asked again soon
    }
  };
  const lookNow = (): void => void look();
  redis.on('ready', lookNow);
  lookNow();
  const timer = setInterval(lookNow, everyMs).unref();
  return {
    evictsBy: () => policy,
    stop: () => {
      clearInterval(timer);
      redis.off('ready', lookNow);
    },
  };
}

/** Both are left out until Redis has told. */
function gauges(metrics: Registry): (info: RedisInfo) => void {
  const gauge = (name: string, help: string): Gauge => {
    const made = new Gauge({ name: `bridgecore_redis_${name}`, help, registers: [metrics] });
    made.remove(); // without labels it would begin with 0
    return made;
  };
  const evicts = gauge('evicts', '1 while Redis may throw jobs away: its maxmemory-policy is not noeviction.');
  const durable = gauge('durable', '1 while its append-only file is on.');
  return ({ policy, isDurable }) => {
    if (policy !== undefined) evicts.set(Number(policy !== 'noeviction'));
    if (isDurable !== undefined) durable.set(Number(isDurable));
  };
}

interface Changes {
  durable(isDurable: boolean): void;
  evicts(policy: string | undefined): void;
  denied(error: unknown): void;
}

function changes(log: Log): Changes {
  let wasDurable = true;
  let formerPolicy: string | undefined;
  let wasDenied = false;
  return {
    durable: (isDurable) => {
      if (!isDurable && wasDurable) log.warn('redis.not_durable', NOT_DURABLE);
      if (isDurable && !wasDurable) log.info('redis.durable');
      wasDurable = isDurable;
    },
    evicts: (policy) => {
      if (policy === formerPolicy) return;
      if (policy === undefined) log.info('redis.keeps');
      else log.error('redis.evicts', { policy, ...EVICTS });
      formerPolicy = policy;
    },
    denied: (error) => {
      if (!wasDenied) log.warn('redis.info_denied', { error, hint: 'its settings are not checked; allow INFO' });
      wasDenied = true;
    },
  };
}

const NOT_DURABLE = {
  detail: 'Redis keeps no append-only file: accepted events are lost when it restarts',
  hint: 'set appendonly yes',
};

const EVICTS = {
  detail: 'Redis may throw away accepted events when its memory is full',
  hint: 'set maxmemory-policy noeviction',
};

function isDenied(error: unknown): boolean {
  return error instanceof Error && /^(NOPERM|ERR unknown command)/.test(error.message);
}
