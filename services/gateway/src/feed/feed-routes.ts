import { Response, Router } from 'express';
import { DataSource } from 'typeorm';
import { AppTypes, parse } from '@bridgecore/contracts';
import { methodNotAllowed } from '../error-handler';
import { locals } from '../locals';
import { knownParameters } from '../operator-request';
import { modelsFor } from '../sync/sync-request';
import { grantedFields } from '../tokens/consumer';
import { coalesceLatest } from './coalesce';
import { ConsumerDependencies, inTurn, readSystem, whenceIn } from './consumer-request';
import { FEED_PARAMETERS, FeedQuery } from './feed-query';
import { survey } from './ground';
import { readPage } from './page';
import { encodePosition } from './position';
import { endOf, startFrom, Whence } from './whence';

const FEED = '/api/v1/feed';

/** The events of a system in the order of their commits, for readers that keep their position themselves. */
export function feedRoutes(given: ConsumerDependencies): Router {
  const router = Router();
  router.get(FEED, given.mayRead, async (req, res) => {
    const query = parse(
      FeedQuery,
      grantedFields(res, knownParameters(req.query, FEED_PARAMETERS), ['system']),
      'QUERY_INVALID',
    );
    const models = shownModels(res, query, given.appTypes);
    const system = readSystem(res, query.system, given.systemIds, 'QUERY_INVALID');
    const whence = whenceIn('after', query.after, system, 'QUERY_INVALID');
    await inTurn(res, given, async (source) => {
      const answer = await readFeed(source, system, whence, { ...query, models });
      locals(res).report = { system, events: answer.events.length, has_more: answer.has_more };
      return answer;
    });
  });
  router.all(FEED, methodNotAllowed('GET, HEAD'));
  return router;
}

/** With the models that the reader is shown; null is all. */
type ShownQuery = Omit<FeedQuery, 'models'> & { readonly models: readonly string[] | null };

/** A key is shown what it asks for, a token no other models than its app type's. */
function shownModels(res: Response, { models }: FeedQuery, appTypes: AppTypes): readonly string[] | null {
  const { grant } = locals(res);
  return grant === undefined ? (models ?? null) : modelsFor(appTypes, grant.app_type, models, 'QUERY_INVALID');
}

/** What a reader of the feed is answered. */
interface FeedAnswer {
  readonly events: readonly object[];
  readonly position: string;
  readonly has_more: boolean;
  readonly epoch_changed: boolean;
  readonly gap: boolean;
}

async function readFeed(source: DataSource, system: string, whence: Whence, query: ShownQuery): Promise<FeedAnswer> {
  const runner = source.createQueryRunner(); // one connection: two may be of two servers
  try {
    const asker = { query: runner.query.bind(runner), dataSource: source };
    const isPosition = typeof whence === 'object' && !(whence instanceof Date);
    const ground = await survey(asker, system, isPosition ? [whence] : []);
    const start = await startFrom(asker, ground, whence);
    const { limit, models, tests } = query;
    const page = await readPage(asker, { system, after: start, limit, models, tests: tests === 'true' });
    return {
      events: query.coalesce === 'latest' ? coalesceLatest(page.events) : page.events,
      position: encodePosition({ ...endOf(page, ground.floor), system, epoch: ground.epoch }),
      has_more: page.hasMore,
      epoch_changed: start.epochChanged,
      gap: start.gap || page.hasGap,
    };
  } finally {
    await runner.release();
  }
}
