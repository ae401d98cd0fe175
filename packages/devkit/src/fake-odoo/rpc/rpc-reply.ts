import { writeJson, type Json } from '../json-write';

/** An answer, before it is sent. */
export interface RpcReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function jsonReply(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): RpcReply {
  const all = { 'Content-Type': 'application/json; charset=utf-8', ...headers };
  return { status, headers: all, body: writeJson(body) };
}

export function htmlReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): RpcReply {
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers }, body };
}

/** A request as RPC sees it. */
export interface RpcRequest {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
