import { Response, Router } from 'express';
import { BridgeError, invalid, parse } from '@bridgecore/contracts';
import { methodNotAllowed } from '../error-handler';
import { coalesceLatest } from '../feed/coalesce';
import { ConsumerDependencies, inTurn, positionIn, readSystem, whenceIn } from '../feed/consumer-request';
import { jsonBody } from '../json-body';
import { locals } from '../locals';
import { knownParameters } from '../operator-request';
import { grantedFields } from '../tokens/consumer';
import { DeviceKey } from './device';
import { SyncMeter } from './meters';
import { DevicePage, DevicePull, pullDevice } from './pull';
import { resetDevice } from './reset';
import { deviceStates } from './state';
import { knownFields, modelsFor, PULL_FIELDS, PullRequest, RESET_FIELDS, ResetRequest } from './sync-request';
import { STATE_PARAMETERS, StateQuery } from './sync-request';

/** What the routes of devices work with. */
export interface SyncRoutesDependencies extends ConsumerDependencies {
  readonly meter: SyncMeter;
}

const PULL = '/api/v1/sync/pull';
const STATE = '/api/v1/sync/state';
const RESET = '/api/v1/sync/reset';
const MAX_BODY_BYTES = 16 * 1024;
/** What a token says of its bearer. */
const DEVICE = ['system', 'user_id', 'device_id', 'app_type'] as const;

/** The events of a system for apps on devices, whose positions are kept here. */
export function syncRoutes(given: SyncRoutesDependencies): Router {
  const router = Router();
  const { mayRead } = given;

  router.post(PULL, mayRead, ...jsonBody(MAX_BODY_BYTES), async (req, res) => {
    const request = parse(
      PullRequest,
      grantedFields(res, knownFields(req.body, PULL_FIELDS), DEVICE),
      'REQUEST_INVALID',
    );
    const asked = pullOf(request, keyOf(request, res, given), given);
    try {
      await inTurn(res, given, async (source) => {
        const page = await source.transaction((tx) => pullDevice(tx, asked));
        note(res, asked, page, given.meter);
        return answer(page, request.coalesce);
      });
    } catch (error) {
      given.meter(asked.key.app_type, error instanceof BridgeError && error.status < 500 ? 'refused' : 'failed');
      throw error;
    }
  });

  router.get(STATE, mayRead, async (req, res) => {
    const asked = grantedFields(res, knownParameters(req.query, STATE_PARAMETERS), ['system', 'user_id', 'device_id']);
    const query = parse(StateQuery, asked, 'QUERY_INVALID');
    const { app_type } = locals(res).grant ?? {};
    const system = readSystem(res, query.system, given.systemIds, 'QUERY_INVALID');
    await inTurn(res, given, async (source) => {
      return { system, devices: await deviceStates(source, { ...query, system, app_type }, given.appTypes) };
    });
  });

  router.post(RESET, mayRead, ...jsonBody(MAX_BODY_BYTES), async (req, res) => {
    const request = parse(
      ResetRequest,
      grantedFields(res, knownFields(req.body, RESET_FIELDS), DEVICE),
      'REQUEST_INVALID',
    );
    const key = keyOf(request, res, given);
    const to = whenceIn('to', request.to, key.system, 'REQUEST_INVALID');
    const { key: by, requestId: correlationId } = locals(res);
    await inTurn(res, given, async (source) => {
      const reset = { key, to, keyId: by?.id ?? '', correlationId };
      return { ...key, position: await source.transaction((tx) => resetDevice(tx, reset)) };
    });
  });

  router.all(PULL, methodNotAllowed('POST')).all(STATE, methodNotAllowed('GET, HEAD'));
  router.all(RESET, methodNotAllowed('POST'));
  return router;
}

function keyOf(
  request: Omit<DeviceKey, 'system'> & { system?: string },
  res: Response,
  given: SyncRoutesDependencies,
): DeviceKey {
  const { user_id, device_id, app_type } = request;
  modelsFor(given.appTypes, app_type);
  const system = readSystem(res, request.system, given.systemIds, 'REQUEST_INVALID');
  return { system, user_id, device_id, app_type };
}

function pullOf(request: PullRequest, key: DeviceKey, { appTypes }: SyncRoutesDependencies): DevicePull {
  const { limit, ack, app_type, models } = request;
  const start = whenceIn('start', request.start, key.system, 'REQUEST_INVALID');
  if (typeof start === 'object' && !(start instanceof Date)) {
    throw invalid(
      [{ field: 'start', message: 'must be "beginning", "now" or a time; a position is an ack' }],
      'REQUEST_INVALID',
    );
  }
  return {
    ...{ key, limit, start, models: modelsFor(appTypes, app_type, models) },
    ack: ack === undefined ? undefined : positionIn('ack', ack, key.system, 'REQUEST_INVALID'),
  };
}

function answer(page: DevicePage, coalesce: 'latest' | undefined): object {
  return {
    events: coalesce === 'latest' ? coalesceLatest(page.events) : page.events,
    position: page.position,
    has_more: page.hasMore,
    epoch_changed: page.epochChanged,
    gap: page.gap,
  };
}

function note(res: Response, { key, ack }: DevicePull, page: DevicePage, meter: SyncMeter): void {
  const events = page.events.length;
  meter(key.app_type, events > 0 ? 'events' : 'empty', events);
  const { epochChanged: epoch_changed, gap, hasMore: has_more } = page;
  locals(res).report = { ...key, events, has_more, is_ack: ack !== undefined, epoch_changed, gap };
}
