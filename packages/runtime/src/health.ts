import { createServer, Server } from 'node:http';
import { Registry } from 'prom-client';
import { Watchdog } from './watchdog';

/** `degraded`: something is missing that this service can do its main work without. */
export type Check = () => 'up' | 'down' | 'degraded' | 'shutting down';

/** What a probe is told; `checks` names everything that was looked at. */
export interface HealthReport {
  readonly ready: boolean;
  readonly status: 'ready' | 'not ready' | 'degraded';
  readonly checks: Readonly<Record<string, string>>;
}

/** Looks at every check; one that is down, or says that the process ends, makes the process not ready. */
export function report(checks: Readonly<Record<string, Check>>): HealthReport {
  const states = Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check()]));
  const found = Object.values(states);
  if (found.includes('down') || found.includes('shutting down'))
    return { ready: false, status: 'not ready', checks: states };
  return { ready: true, status: found.includes('degraded') ? 'degraded' : 'ready', checks: states };
}

/** From the beginning of the shutdown on the process is not ready, and names the reason. It stays live. */
export function unreadyFrom(begun: AbortSignal, checks: Record<string, Check>): void {
  begun.addEventListener('abort', () => {
    checks['process'] = () => 'shutting down';
  });
}

/** `GET /health/live`, `/health/ready` and `/metrics`, for a service that has no other port; `live` may grow later. */
export function serveHealth(
  checks: Readonly<Record<string, Check>>,
  registry: Registry,
  live: readonly Pick<Watchdog, 'stuck'>[] = [],
): Server {
  const answer = async (path: string | undefined): Promise<[status: number, type: string, body: string]> => {
    if (path === '/metrics') return [200, registry.contentType, await registry.metrics()];
    if (path === '/health/live') return liveness(live.flatMap((watchdog) => watchdog.stuck()));
    if (path !== '/health/ready') return [404, 'application/json', '{"detail":"There is nothing here."}'];
    const { ready, ...body } = report(checks);
    return [ready ? 200 : 503, 'application/json', JSON.stringify(body)];
  };
  return createServer((req, res) => {
    answer(req.url?.split('?')[0]).then(
      ([status, type, body]) => res.writeHead(status, { 'content-type': type }).end(body),
      () => res.writeHead(500, { 'content-type': 'application/json' }).end('{"detail":"This failed."}'),
    );
  });
}

function liveness(stuck: readonly string[]): [status: number, type: string, body: string] {
  if (stuck.length === 0) return [200, 'application/json', '{"status":"live"}'];
  return [503, 'application/json', JSON.stringify({ status: 'stuck', queues: stuck })];
}

/** Resolves with the port once the server listens; rejects when the port is taken. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Longer than any request of ours takes. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Stops taking requests, and resolves when those under way are answered. A connection on which nothing was ever asked
 * (a browser's, a load balancer's) does not count as idle to Node, and would hold the process for a minute.
 */
export function closeServer(server: Server, graceMs = CLOSE_GRACE_MS): Promise<void> {
  return new Promise((resolve, reject) => {
    const impatience = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close((error) => {
      clearTimeout(impatience);
      if (error === undefined || (error as NodeJS.ErrnoException).code === 'ERR_SERVER_NOT_RUNNING') resolve();
      else reject(error);
    });
    server.closeIdleConnections();
  });
}
