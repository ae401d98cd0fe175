import { WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { Facts, Finding } from './story';
import { span } from './words';

/** Pushed events are recorded within seconds; who waits longer has too few workers, or none. */
const BACKLOG_SECONDS = 60;

/** What is wrong with the stores, and with how fast the queue is worked off. */
export function storeFindings(facts: Facts): Finding[] {
  const found = [postgresAway(facts), redisAway(facts), redisEvicts(facts), backlog(facts), notAllSeen(facts)];
  return found.flatMap((finding) => (finding === undefined ? [] : [{ system: null, ...finding }]));
}

type Unaddressed = Omit<Finding, 'system'> | undefined;

function postgresAway({ events, dead_letters, systems, gateway }: Facts): Unaddressed {
  const isRead = events !== null && dead_letters !== null && systems !== null;
  if (isRead && gateway.checks['postgres'] !== 'degraded') return undefined;
  const text =
    'PostgreSQL cannot be read by the gateway: what is recorded cannot be looked at. Nothing is recorded either while the ' +
    'workers do not reach it; pushed events wait in Redis meanwhile, and nothing is lost.';
  const hint =
    'Does PostgreSQL run, is DATABASE_URL right, is its disk full, are its migrations applied (`bridgecore migrate`)? ' +
    '`bridgecore doctor` looks at all of it. Everything resumes by itself.';
  return { severity: 'error', code: 'POSTGRES_AWAY', text, hint };
}

function redisAway({ queued, queues, gateway }: Facts): Unaddressed {
  const isDown = gateway.checks['redis'] === 'down' && gateway.redis_evicts_by === null;
  if (queued !== null && queues !== null && !isDown) return undefined;
  const text =
    'Redis cannot be reached by the gateway: pushes are answered with 503 and nothing is pulled, so no event arrives ' +
    'until it is back. The events stay in Odoo meanwhile.';
  const hint =
    'Does Redis run, is REDIS_URL right? When it is back, everything resumes by itself, and the next pull brings what was missed.';
  return { severity: 'error', code: 'REDIS_AWAY', text, hint };
}

function redisEvicts({ gateway: { redis_evicts_by: policy } }: Facts): Unaddressed {
  if (policy === null) return undefined;
  const text =
    `Redis is set to throw data away when its memory is full (maxmemory-policy ${policy}). An accepted event could vanish ` +
    'so, therefore the gateway refuses every push with 503 until it is set right. Pulls go on.';
  const hint =
    'Run `redis-cli config set maxmemory-policy noeviction` and write it into redis.conf too; the gateway notices within ' +
    'seconds. What was refused comes with the next pull: `bridgecore pull <system>`; what was thrown away, too: `bridgecore sweep <system>`.';
  return { severity: 'error', code: 'REDIS_EVICTS', text, hint };
}

function backlog({ queues, queued }: Facts): Unaddressed {
  const events = queues?.find(({ queue }) => queue === WEBHOOK_EVENTS.name);
  const seconds = events?.oldest_seconds ?? 0;
  if (events === undefined || seconds <= BACKLOG_SECONDS) return undefined;
  const isIdle = events.jobs.active === 0;
  const who = isIdle
    ? 'and no worker works on any: probably none runs'
    : 'since there are more than the workers can record';
  const text = `Pushed events wait in the queue, the oldest for ${span(seconds)}, ${who}.`;
  const hint = isIdle
    ? 'Start a worker, or look at its log and its `/health/ready`: it waits while PostgreSQL is away or not migrated.'
    : 'Start more workers (`docker compose up --scale worker=4`), and look at how PostgreSQL does.';
  return { severity: (queued ?? []).length > 0 ? 'error' : 'warning', code: 'BACKLOG', text, hint };
}

function notAllSeen({ queued, queued_all_seen }: Facts): Unaddressed {
  if (queued === null || queued_all_seen) return undefined;
  const text =
    'The queue holds more jobs than were looked through (the oldest were): the record may be in another one.';
  return { severity: 'info', code: 'QUEUE_NOT_ALL_SEEN', text, hint: 'Ask again when the backlog is worked off.' };
}
