import express, { Express, RequestHandler, Router } from 'express';
import { Check, report } from '@bridgecore/runtime';
import { errorHandler, methodNotAllowed, notFound } from './error-handler';

/** What both of the gateway's ports need. */
export interface AppDependencies {
  readonly requestLog: RequestHandler;
  readonly checks: Readonly<Record<string, Check>>;
  readonly routes: Router;
  /** What is said besides to who asks for what is not there. */
  readonly elsewhere?: string;
}

/** An app of the gateway: id and log line first, then health, its routes, and an answer for everything else. */
export function createApp({ requestLog, checks, routes, elsewhere }: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(requestLog);
  app.use(healthRoutes(checks));
  app.use(routes);
  app.use(notFound(elsewhere));
  app.use(errorHandler);
  return app;
}

function healthRoutes(checks: Readonly<Record<string, Check>>): Router {
  const router = Router();
  router.get('/health/live', (_req, res) => {
    res.json({ status: 'live' });
  });
  router.get('/health/ready', (_req, res) => {
    const { ready, ...body } = report(checks);
    res.status(ready ? 200 : 503).json(body);
  });
  router.all(['/health/live', '/health/ready'], methodNotAllowed('GET, HEAD'));
  return router;
}
