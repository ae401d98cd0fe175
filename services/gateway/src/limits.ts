import { RequestHandler } from 'express';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { BridgeError } from '@bridgecore/contracts';
import { REDIS_PREFIX } from '@bridgecore/runtime';
import { locals } from './locals';

/** What a key may do so often, as the answer puts it, and under which prefix that is counted. */
export interface Limit {
  readonly prefix: string;
  readonly does: string;
  readonly perMinute: number;
}

/** A batch counts once. */
export const pushesPer = (perMinute: number): Limit => ({ prefix: 'limit', does: 'push', perMinute });
export const tokensPer = (perMinute: number): Limit => ({ prefix: 'token-limit', does: 'make a token', perMinute });

/**
 * So many requests per key and minute, counted in Redis for all gateways together; while Redis is away each gateway
 * counts for itself. Answers 429 beyond it, and always says how much is left.
 */
export function rateLimit(redis: Redis, { prefix, does, perMinute }: Limit): RequestHandler {
  const points = { points: perMinute, duration: 60 };
  const limiter = new RateLimiterRedis({
    ...points,
    storeClient: redis,
    keyPrefix: `${REDIS_PREFIX}:${prefix}`,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(points),
  });
  return async (_req, res, next) => {
    const asked = performance.now();
    const { key } = locals(res);
    const { count, isOver } = await take(limiter, key?.id ?? '');
    locals(res).limiterMs = performance.now() - asked;
    const reset = Math.max(Math.ceil(count.msBeforeNext / 1_000), 1);
    res.set({
      'RateLimit-Limit': String(perMinute),
      'RateLimit-Remaining': String(Math.max(count.remainingPoints, 0)),
      'RateLimit-Reset': String(reset),
    });
    if (isOver) {
      const detail = `This key may ${does} ${perMinute} times a minute. Try again in ${reset} s.`;
      throw new BridgeError('RATE_LIMITED', detail, { retryAfterSeconds: reset });
    }
    next();
  };
}

/** The library throws the count that is over the limit, as it does a failure. */
async function take(limiter: RateLimiterRedis, key: string): Promise<{ count: RateLimiterRes; isOver: boolean }> {
  try {
    return { count: await limiter.consume(key), isOver: false };
  } catch (reason) {
    if (reason instanceof RateLimiterRes) return { count: reason, isOver: true };
    throw reason;
  }
}
