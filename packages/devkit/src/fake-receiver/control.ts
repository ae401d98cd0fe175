import type { IncomingMessage, ServerResponse } from 'node:http';
import { isBehaviour, type Behaviour } from './behaviour';
import type { ReceiverCounts } from './deliveries';

const PREFIX = '/__control/';

/** What others may do to a receiver: it listens on loopback only. */
export interface Controlled {
  behaviour: Behaviour;
  readonly counts: ReceiverCounts;
  setSecrets(secrets: readonly string[]): void;
}

export function isControl({ url = '' }: IncomingMessage): boolean {
  return url.startsWith(PREFIX);
}

/** `GET state`, `POST behaviour` and `POST secrets`; everything else is a 404 that names them. */
export function handleControl(
  receiver: Controlled,
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  body: string,
): void {
  const name = `${method} ${url.slice(PREFIX.length)}`;
  const state = (): object => ({ behaviour: receiver.behaviour, ...receiver.counts });
  const answer = (status: number, content: object): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(content)}\n`);
  };
  if (name === 'GET state') {
    answer(200, state());
    return;
  }
  if (name !== 'POST behaviour' && name !== 'POST secrets') {
    answer(404, { error: 'GET state, POST behaviour, POST secrets' });
    return;
  }
  const isDone = name === 'POST behaviour' ? setBehaviour(receiver, parse(body)) : setSecrets(receiver, parse(body));
  if (isDone) answer(200, state());
  else answer(400, { error: 'behaviour: {"kind": "status", "status": 500}; secrets: ["whsec_…"]' });
}

function setBehaviour(receiver: Controlled, input: unknown): boolean {
  if (!isBehaviour(input)) return false;
  receiver.behaviour = input;
  return true;
}

function setSecrets(receiver: Controlled, input: unknown): boolean {
  if (!Array.isArray(input) || input.length === 0 || !input.every((secret) => typeof secret === 'string')) return false;
  try {
    receiver.setSecrets(input);
    return true;
  } catch {
    return false; // no base64
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
