import { FieldError, isRecord, JsonRecord } from '@bridgecore/contracts';
import { CliError } from '../cli-error';
import { EXIT, ExitCode } from '../exit-codes';
import { clean } from '../text/clean';
import { ask as send } from './http';

/** Values of a query; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the gateway is, and what opens it. */
export interface ApiOptions {
  readonly url: string;
  /** Without one only what is open to all can be asked. */
  readonly key: string | undefined;
  /** Texts are made harmless for a terminal; a script gets them as they are. */
  readonly isClean: boolean;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly names?: SideNames;
}

/** What a side of the gateway and its settings are called. */
export interface SideNames {
  readonly port: string;
  readonly url: string;
  readonly key: string;
}

const OPERATOR_SIDE: SideNames = { port: 'operator port', url: 'BRIDGECORE_URL', key: 'OPERATOR_API_KEY' };
export const PUBLIC_SIDE: SideNames = { port: 'public port', url: 'BRIDGECORE_PUSH_URL', key: 'WEBHOOK_PUSH_API_KEY' };

/** An answer of the gateway's, whatever its status; `body` is undefined when it is no JSON object. */
export interface Answer {
  readonly status: number;
  readonly body: JsonRecord | undefined;
}

/** The gateway answers within 5 s whatever its database does; a proxy may take longer. */
const TIMEOUT_MS = 20_000;

/** One side of the gateway. Failures are told in words, with an exit code. */
export class Api {
  constructor(private readonly options: ApiOptions) {}

  get url(): string {
    return this.options.url;
  }

  /** What is there; throws when the gateway says no. */
  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.demand<T>('GET', withQuery(path, query));
  }

  /** Has something done; throws when the gateway says no. */
  post<T>(path: string, body?: unknown): Promise<T> {
    return this.demand<T>('POST', path, body);
  }

  /** Has a part of something changed; throws when the gateway says no. */
  patch<T>(path: string, body: unknown): Promise<T> {
    return this.demand<T>('PATCH', path, body);
  }

  /** Has something removed; throws when the gateway says no. */
  remove<T>(path: string): Promise<T> {
    return this.demand<T>('DELETE', path);
  }

  private async demand<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 200 && answer.status < 300 && answer.body !== undefined) return answer.body as T;
    throw refusal(answer, this.options);
  }

  /** Any answer; throws only when there is none. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const { url, key, isClean, signal, timeoutMs = TIMEOUT_MS } = this.options;
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(`${url.replace(/\/+$/, '')}${path}`, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      });
      const parsed = jsonOf(response.text);
      return { status: response.status, body: isRecord(parsed) ? (isClean ? clean(parsed) : parsed) : undefined };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw unreachable(
        this.options,
        late.aborted ? `it has not answered within ${timeoutMs / 1_000} s` : reasonOf(error),
      );
    }
  }
}

/** A path with what is asked of it. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

function unreachable({ url, names: { port, url: variable } = OPERATOR_SIDE }: ApiOptions, reason: string): CliError {
  const flag = variable === OPERATOR_SIDE.url ? ', or give --url,' : '';
  const hint = `Does it run? Set ${variable}${flag} if its ${port} is elsewhere.`;
  return new CliError(EXIT.unavailable, 'GATEWAY_UNREACHABLE', `The gateway at ${url} cannot be reached: ${reason}.`, {
    hint,
  });
}

/** Of several addresses of a name each has failed: the first says enough. */
function reasonOf(error: unknown): string {
  const { code, message = '', errors } = error as { code?: string; message?: string; errors?: Error[] };
  return message || errors?.[0]?.message || code || 'it does not answer';
}

const EXITS: Readonly<Record<number, ExitCode>> = {
  ...{ 400: EXIT.usage, 401: EXIT.refused, 403: EXIT.refused, 422: EXIT.usage },
  ...{ 429: EXIT.unavailable, 502: EXIT.unavailable, 503: EXIT.unavailable, 504: EXIT.unavailable },
};

function refusal({ status, body }: Answer, { url, names = OPERATOR_SIDE }: ApiOptions): CliError {
  const exitCode = EXITS[status] ?? EXIT.found;
  if (body === undefined) {
    const hint = `Is this the ${names.port} of a gateway, or is something else there?`;
    return new CliError(exitCode, 'NOT_A_GATEWAY', `${url} answered ${status} without a JSON object.`, {
      hint,
      status,
    });
  }
  const { detail, code, request_id: id, errors } = body;
  const told = typeof detail === 'string' ? detail : `The gateway answered ${status}.`;
  return new CliError(exitCode, typeof code === 'string' ? code : 'REFUSED', told, {
    ...{ status, hint: hintFor(status, told, names), requestId: typeof id === 'string' ? id : undefined },
    errors: Array.isArray(errors) ? (errors as FieldError[]) : [],
  });
}

function hintFor(status: number, detail: string, { key }: SideNames): string | undefined {
  if (status === 401)
    return `Set ${key} to a key that this gateway knows${key === OPERATOR_SIDE.key ? ', or give --key-file' : ''}.`;
  if (status === 403) return 'Use a key that may do this: `bridgecore keys create` makes one.';
  if (status === 404 && detail.startsWith('There is nothing at')) {
    return 'Is this the operator port (8081 unless set otherwise), and a gateway of this version?';
  }
  return status === 503 ? 'Look at `bridgecore doctor`.' : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
