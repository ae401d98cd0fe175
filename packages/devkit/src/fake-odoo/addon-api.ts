import type { Faults, FaultPath } from './faults';
import { readJson } from './json-read';
import { writeJson, type Json, type JsonObject } from './json-write';
import { markProcessed } from './mark-processed';
import { CRASHED } from './pages';
import { pullPage, type PullParameters } from './pull';
import { PythonError, toInt, typeName } from './python';
import { pending, stats } from './stats';
import type { Tables } from './tables';

/** A request to the addon, with its body as text. */
export interface AddonRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly isAuthenticated: boolean;
  readonly body: string;
  /** From a fault: what the database is said to answer. */
  readonly brokenBy: string | undefined;
}

/** An answer of the addon; `html` marks Odoo's own pages, which carry none of the addon's headers. */
export interface AddonReply {
  readonly status: number;
  readonly body: string;
  readonly html?: boolean;
}

/** What the handlers work on. */
export interface AddonDeps {
  readonly tables: Tables;
  readonly faults: Faults;
  readonly now: () => Date;
  readonly timestamp: () => string;
}

/** One address of the addon: its methods in the order of Odoo's `Allow` header, and what the answer is. */
export interface AddonRoute {
  readonly path: FaultPath;
  readonly methods: readonly string[];
  readonly allow: string;
  answer(request: AddonRequest, deps: AddonDeps): AddonReply;
}

/** The addresses of README §4; sync-state is left out. */
export const ADDON_ROUTES: ReadonlyMap<string, AddonRoute> = new Map<string, AddonRoute>([
  ['/api/webhooks/pull', { path: 'pull', methods: ['GET', 'POST'], allow: 'HEAD, POST, GET, OPTIONS', answer: pull }],
  ['/api/webhooks/mark-processed', { path: 'mark-processed', methods: ['POST'], allow: 'POST, OPTIONS', answer: mark }],
  ['/api/webhooks/stats', { path: 'stats', methods: ['GET'], allow: 'HEAD, GET, OPTIONS', answer: statistics }],
  ['/api/webhooks/health', { path: 'health', methods: ['GET'], allow: 'HEAD, GET, OPTIONS', answer: health }],
]);

function pull(request: AddonRequest, deps: AddonDeps): AddonReply {
  return guarded(request, deps, () => {
    const parameters =
      request.method === 'POST' ? jsonBody(request.body) : Object.fromEntries(firstOfEach(request.query));
    return succeed(pullPage(deps.tables, parameters, request.brokenBy), deps);
  });
}

function mark(request: AddonRequest, deps: AddonDeps): AddonReply {
  return guarded(request, deps, () => {
    const { event_ids: ids } = jsonBody(request.body);
    if (request.brokenBy !== undefined) return fail(500, 'Failed to mark events as processed', deps);
    const marking = markProcessed(deps.tables, ids, (list) => deps.faults.refuses(list));
    if (marking.kind === 'crash') return { status: 500, body: CRASHED, html: true };
    if (marking.kind === 'empty') return fail(400, 'event_ids must be a non-empty list', deps);
    if (marking.kind === 'failed') return fail(500, 'Failed to mark events as processed', deps);
    const message = `${marking.count} event(s) marked as processed`;
    return json(200, { success: true, processed_count: marking.count, message, timestamp: deps.timestamp() });
  });
}

function statistics(request: AddonRequest, deps: AddonDeps): AddonReply {
  return guarded(request, deps, () => {
    const days = toInt(request.query.get('days') ?? 7);
    const numbers = request.brokenBy === undefined ? stats(deps.tables, days, deps.now()) : { error: request.brokenBy };
    return json(200, { success: true, stats: numbers, timestamp: deps.timestamp() });
  });
}

/** No key needed, and a wrong one does not matter (`health-no-key-needed`). */
function health(_request: AddonRequest, { tables, timestamp }: AddonDeps): AddonReply {
  const constant = { status: 'healthy', version: '2.0.0', module: 'auto_webhook' };
  return json(200, { ...constant, pending_events: pending(tables), timestamp: timestamp() });
}

/** The key first, then what Python raises: a value that is no integer is a 400, everything else a 500. */
function guarded(request: AddonRequest, deps: AddonDeps, answer: () => AddonReply): AddonReply {
  if (!request.isAuthenticated) return fail(401, 'Authentication required', deps);
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    if (error.kind === 'JSONDecodeError') return fail(400, `Invalid JSON body: ${error.message}`, deps);
    if (error.kind === 'ValueError') return fail(400, `Invalid parameter: ${error.message}`, deps);
    return fail(500, `Internal server error: ${error.message}`, deps);
  }
}

function jsonBody(text: string): PullParameters {
  const body = readJson(text);
  if (typeName(body) === 'dict') return body as JsonObject;
  throw new PythonError('AttributeError', `'${typeName(body)}' object has no attribute 'get'`);
}

function firstOfEach(query: URLSearchParams): [string, Json][] {
  return [...new Set(query.keys())].map((name) => [name, query.get(name)]);
}

function succeed(page: JsonObject, { timestamp }: AddonDeps): AddonReply {
  return json(200, { ...page, success: true, timestamp: timestamp() });
}

function fail(status: number, message: string, { timestamp }: AddonDeps): AddonReply {
  return json(status, { error: true, message, timestamp: timestamp() });
}

function json(status: number, body: JsonObject): AddonReply {
  return { status, body: writeJson(body, 2) };
}
