import { randomUUID } from 'node:crypto';
import { RequestHandler } from 'express';
import { Counter, Histogram, Registry } from 'prom-client';
import { Log } from '@bridgecore/runtime';
import { locals, RequestLocals } from './locals';

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

/**
 * Gives every request an id, which is its events' correlation id too, and writes its one log line when it ends.
 * A caller's own `X-Request-Id` is taken over when it can do no harm in a log.
 */
export function createRequestLog(log: Log, registry: Registry): RequestHandler {
  const meter = createMeter(registry);
  return (req, res, next) => {
    const given = req.get('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(given) ? given : randomUUID();
    Object.assign(res.locals, { requestId, startedAt: performance.now(), report: {} } satisfies RequestLocals);
    res.set({ 'X-Request-Id': requestId, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
    res.once('close', () => {
      const { key, tokenId, failure, report, startedAt } = locals(res);
      const durationMs = performance.now() - startedAt;
      const route = routeOf(req.route as { path?: unknown } | undefined);
      const outcome = res.writableFinished ? (failure?.code ?? 'done') : 'aborted';
      const asked = { method: req.method, route, status: res.statusCode, outcome };
      meter({ ...asked, key: key?.id ?? '' }, durationMs / 1_000);
      log[levelOf(route, res.statusCode)]('request.done', {
        ...{ ...asked, correlation_id: requestId },
        ...(key === undefined ? {} : { key_id: key.id, system: key.system }),
        ...(tokenId === undefined ? {} : { token_id: tokenId }),
        ...report,
        ...(failure?.detail === undefined ? {} : { detail: failure.detail }),
        ...(failure?.error === undefined ? {} : { error: failure.error }),
        duration_ms: Math.round(durationMs),
      });
    });
    next();
  };
}

/** Probes and scrapes come every few seconds and say nothing while all is well. */
function levelOf(route: string, status: number): 'debug' | 'info' | 'error' {
  if (route.startsWith('/health') || route === '/metrics') return 'debug';
  return status >= 500 ? 'error' : 'info';
}

/** The route's pattern, never the path: paths hold ids, and an unknown one is any text. */
function routeOf(route: { path?: unknown } | undefined): string {
  return typeof route?.path === 'string' ? route.path : '(none)';
}

/** By what requests are counted: each takes few values, whatever is asked. */
interface Asked {
  /** One that Node's parser knows. */
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly outcome: string;
  /** The id of a configured key; empty when there was none. */
  readonly key: string;
}

function createMeter(registry: Registry): (asked: Asked, seconds: number) => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'bridgecore_http_requests_total',
    help: 'Requests, by how they ended: done, aborted by the caller, or the code of the problem that was answered.',
    labelNames: ['method', 'route', 'status', 'outcome', 'key'],
    registers,
  });
  const duration = new Histogram({
    name: 'bridgecore_http_request_seconds',
    help: 'From the request to its answer.',
    labelNames: ['route', 'key'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    registers,
  });
  return (asked, seconds) => {
    requests.inc({ ...asked });
    duration.observe({ route: asked.route, key: asked.key }, seconds);
  };
}
