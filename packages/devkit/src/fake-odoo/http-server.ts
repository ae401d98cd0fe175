import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADDON_ROUTES, type AddonDeps, type AddonReply, type AddonRoute } from './addon-api';
import { NOT_ALLOWED, NOT_FOUND } from './pages';
import { isRpcPath } from './rpc/rpc-routes';
import type { RpcReply, RpcRequest } from './rpc/rpc-reply';
import { send, spoil } from './sending';

/** What the server needs beside the addon's own handlers. */
export interface ServerDeps extends AddonDeps {
  /** Undefined: no key is configured in Odoo, so that no key fits. */
  readonly apiKey: () => string | undefined;
  /** The `session_id` of somebody who is logged in; it opens everything that the key opens. */
  readonly session: string | undefined;
  /** Takes what comes for `/__control/` from this machine. */
  readonly control: (method: string, path: string, body: string, query: URLSearchParams) => AddonReply;
  /** Answers external RPC. */
  readonly rpc: (request: RpcRequest) => Promise<RpcReply> | RpcReply;
  /** Told of every request to the addon and of every call by RPC once it is over; status 0 is one that got no answer. */
  readonly seen: (request: SeenRequest) => void;
}

/** One request to the addon, as it was answered. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly status: number;
}

const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;

/** Serves the addon's addresses over HTTP, with the faults in force, and the control route on loopback. */
export function createOdooServer(deps: ServerDeps): Server {
  return createServer((request, response) => {
    response.setHeader('Date', deps.now().toUTCString()); // the clock of Odoo's host, which may be off
    serve(request, response, deps).catch(() => response.destroy());
  });
}

/** Starts listening; the address that others can reach it under. */
export async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** Stops listening and breaks every connection, answered or not. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.close();
  server.closeAllConnections();
  await closed;
}

async function serve(request: IncomingMessage, response: ServerResponse, deps: ServerDeps): Promise<void> {
  const body = await readBody(request);
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://odoo.invalid');
  const path = url.pathname.replace(/(.)\/$/, '$1');
  if (path.startsWith('/__control/') && LOOPBACK.test(request.socket.remoteAddress ?? '')) {
    send(response, { 'Content-Type': 'application/json' }, deps.control(method, path, body, url.searchParams));
    return;
  }
  if (isRpcPath(path)) {
    const status = await serveRpc(request, response, { method, path, search: url.search, body }, deps);
    deps.seen({ method, path, query: url.search, body, status });
    return;
  }
  const route = ADDON_ROUTES.get(path);
  if (route === undefined) {
    send(response, { 'Content-Type': 'text/html;charset=utf-8' }, { status: 404, body: NOT_FOUND });
    return;
  }
  const status = await serveRoute(request, response, route, { url, body }, deps);
  deps.seen({ method, path, query: url.search, body, status });
}

async function serveRoute(
  request: IncomingMessage,
  response: ServerResponse,
  route: AddonRoute,
  { url, body }: { readonly url: URL; readonly body: string },
  deps: ServerDeps,
): Promise<number> {
  const method = request.method ?? 'GET';
  if (method === 'OPTIONS') return sendPreflight(response, route);
  const isHead = method === 'HEAD' && route.methods.includes('GET');
  if (!isHead && !route.methods.includes(method)) return sendNotAllowed(response, route);

  const fault = deps.faults.take(route.path) ?? {};
  if (fault.latencyMs !== undefined) await sleep(fault.latencyMs, undefined, { ref: false });
  const work = (): AddonReply => {
    const isAuthenticated = isKnown(request, deps);
    return route.answer({ method, query: url.searchParams, isAuthenticated, body, brokenBy: fault.errorText }, deps);
  };
  if (fault.afterWork === true) work();
  const spoilt = spoil(request, response, fault);
  if (spoilt !== undefined) return spoilt;
  return sendReply(response, route, work());
}

/** As `serveRoute`, for calls that may take their time. */
async function serveRpc(
  request: IncomingMessage,
  response: ServerResponse,
  asked: Omit<RpcRequest, 'headers'>,
  deps: ServerDeps,
): Promise<number> {
  const fault = deps.faults.take('rpc') ?? {};
  if (fault.latencyMs !== undefined) await sleep(fault.latencyMs, undefined, { ref: false });
  const work = async (): Promise<RpcReply> => deps.rpc({ ...asked, headers: request.headers });
  if (fault.afterWork === true) await work();
  const spoilt = spoil(request, response, fault);
  if (spoilt !== undefined) return spoilt;
  const reply = await work();
  return send(response, { ...reply.headers }, reply);
}

/** The key in its own header, nowhere else, or the cookie of a session (README §4). */
function isKnown({ headers }: IncomingMessage, { apiKey: current, session }: ServerDeps): boolean {
  const cookie = /(?:^|;\s*)session_id=([^;]*)/.exec(headers.cookie ?? '')?.[1];
  if (session !== undefined && cookie === session) return true;
  const apiKey = current();
  return apiKey !== undefined && apiKey !== '' && headers['x-api-key'] === apiKey;
}

function sendReply(response: ServerResponse, route: AddonRoute, reply: AddonReply): number {
  if (reply.html === true) return send(response, { 'Content-Type': 'text/html; charset=utf-8' }, reply);
  const headers = {
    'Access-Control-Allow-Origin': ['*', '*'], // twice, as the addon and Odoo's route both set it; browsers refuse that
    'Access-Control-Allow-Methods': route.methods.join(', '),
    'Access-Control-Allow-Headers': 'Content-Type, X-API-Key',
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
  };
  return send(response, headers, reply);
}

function sendNotAllowed(response: ServerResponse, { allow }: AddonRoute): number {
  return send(
    response,
    { 'Content-Type': 'text/html; charset=utf-8', Allow: allow },
    { status: 405, body: NOT_ALLOWED },
  );
}

function sendPreflight(response: ServerResponse, { methods }: AddonRoute): number {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Max-Age': '86400',
    'Access-Control-Allow-Headers': 'Origin, X-Requested-With, Content-Type, Accept, Authorization',
    'X-Content-Type-Options': 'nosniff',
  };
  return send(response, headers, { status: 204, body: '' });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
