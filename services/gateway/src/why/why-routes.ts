import { IsOptional } from 'class-validator';
import { Router } from 'express';
import { DeclaredSystem, parse } from '@bridgecore/contracts';
import { authenticate } from '../authenticate';
import { methodNotAllowed } from '../error-handler';
import { ApiKey } from '../keys';
import { locals } from '../locals';
import { knownParameters, visibleSystem } from '../operator-request';
import { IsName, IsRecordId } from '../query-fields';
import { findingsOf } from './findings';
import { lookUp, LookUpDependencies } from './look-up';
import { Asked } from './story';
import { verdictOf } from './verdict';

/** What the route of a record's story works with. */
export interface WhyRoutesDependencies extends LookUpDependencies {
  readonly keys: readonly ApiKey[];
  readonly systems: readonly DeclaredSystem[];
}

const WHY = '/api/v1/why';

/** Which record is asked about. */
class WhyQuery {
  @IsName(128)
  readonly model!: string;

  @IsRecordId()
  readonly record_id!: number;

  @IsOptional()
  @IsName(64)
  readonly system?: string;
}

/** Why a record's events have arrived, or have not: all that can be found out, and what to make of it. */
export function whyRoutes({ keys, systems, ...places }: WhyRoutesDependencies): Router {
  const router = Router();

  router.get(WHY, authenticate(keys, 'read'), async (req, res) => {
    const query = parse(WhyQuery, knownParameters(req.query, ['model', 'record_id', 'system']), 'QUERY_INVALID');
    const { system = null } = visibleSystem(res, query.system);
    const { model, record_id } = query;
    const asked: Asked = { model, record_id, system, asked_at: new Date() };
    const declared = systems.filter(({ id }) => system === null || id === system);
    const facts = await lookUp(asked, declared, places);
    const refused = facts.gateway.refused_pushes.filter((push) => isVisible(push.system, system));
    const visible = { ...facts, gateway: { ...facts.gateway, refused_pushes: refused } };
    const verdict = verdictOf(visible);
    locals(res).report = { model, record_id, system, verdict: verdict.code };
    const { events, events_more, dead_letters, queued, queued_all_seen, outbox, deliveries, ...rest } = visible;
    res.json({
      ...{ ...asked, verdict, events, events_more, dead_letters, queued, queued_all_seen, outbox, deliveries },
      ...{ systems: rest.systems, gateway: rest.gateway, findings: findingsOf(visible) },
    });
  });

  router.all(WHY, methodNotAllowed('GET, HEAD'));
  return router;
}

/** Who showed no known key may have meant any system. */
const isVisible = (of: string | null, asked: string | null): boolean => asked === null || of === null || of === asked;
