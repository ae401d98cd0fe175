import { RequestHandler } from 'express';
import { BridgeError } from '@bridgecore/contracts';
import { RedisSettings } from '@bridgecore/runtime';

/** Refuses pushes while Redis may throw jobs away: a 200 would promise what cannot be kept. */
export function refuseEviction(settings: Pick<RedisSettings, 'evictsBy'>): RequestHandler {
  return (_req, _res, next) => {
    const policy = settings.evictsBy();
    if (policy === undefined) {
      next();
      return;
    }
    const detail = `Redis may evict jobs (maxmemory-policy ${policy}); nothing was accepted.`;
    throw new BridgeError('QUEUE_UNAVAILABLE', detail, { retryAfterSeconds: 10 });
  };
}
