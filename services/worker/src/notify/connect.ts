import { lookup as ask, LookupAddress } from 'node:dns';
import { Agent, AgentOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { isIP, LookupFunction } from 'node:net';
import { Networks, refusalOf } from '@bridgecore/contracts';

/** The code of the error of a connection that was refused to us by ourselves. */
export const ADDRESS_REFUSED = 'ADDRESS_REFUSED';

/** Makes connections only to where something may be sent. */
export interface Connections {
  readonly httpAgent: Agent;
  readonly httpsAgent: TlsAgent;
  /** Closes those that are kept. */
  close(): void;
}

/** Kept for less than the five seconds after which Node's own servers close one that nobody uses. */
const KEPT: AgentOptions = { keepAlive: true, timeout: 4_000, maxFreeSockets: 8 };

/**
 * Looks at every address at the moment of connecting to it: neither an address in the URL, nor one that DNS gives now and did
 * not give before, gets by. Connections are kept for the next message; each was looked at when it was made.
 */
export function createConnections(allowed: Networks): Connections {
  const httpAgent = new Agent({ ...KEPT, lookup: checkedLookup('http:', allowed) });
  const httpsAgent = new TlsAgent({ ...KEPT, lookup: checkedLookup('https:', allowed) });
  refuseLiterals(httpAgent, 'http:', allowed);
  refuseLiterals(httpsAgent, 'https:', allowed);
  return {
    httpAgent,
    httpsAgent,
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** An address in the URL is connected to without any look-up. */
function refuseLiterals(agent: Agent, protocol: string, allowed: Networks): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const { host } = options as { readonly host?: string | null };
    const refusal = isIP(host ?? '') === 0 ? null : refusalOf(host ?? '', protocol, allowed);
    if (refusal === null) return connect(options, done);
    done?.(refused(refusal), undefined as never);
    return undefined;
  };
}

/** Gives only the addresses that may be connected to; Node connects to one of these, and to no other. */
function checkedLookup(protocol: string, allowed: Networks): LookupFunction {
  const lookup = sharedLookup();
  return (hostname, { family = 0, all }, done) => {
    lookup(hostname, family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family).then(
      (addresses) => {
        const refusals = addresses.map(({ address }) => refusalOf(address, protocol, allowed));
        const open = addresses.filter((_, index) => refusals[index] === null);
        const [first] = open;
        if (first === undefined) done(refused(refusals[0] ?? `${hostname} has no address`), []);
        else if (all === true) done(null, open);
        else done(null, first.address, first.family);
      },
      (error: unknown) => done(error as NodeJS.ErrnoException, []),
    );
  };
}

/**
 * One question at a time for each name: `getaddrinfo` takes one of libuv's few threads for as long as DNS does not answer, and a
 * name that hangs must not take them all.
 */
function sharedLookup(): (hostname: string, family: number) => Promise<LookupAddress[]> {
  const asked = new Map<string, Promise<LookupAddress[]>>();
  return (hostname, family) => {
    const key = `${family} ${hostname}`;
    const answer = asked.get(key) ?? lookupAll(hostname, family).finally(() => asked.delete(key));
    asked.set(key, answer);
    return answer;
  };
}

function lookupAll(hostname: string, family: number): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    ask(hostname, { family, all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}

function refused(reason: string): NodeJS.ErrnoException {
  return Object.assign(new Error(reason), { code: ADDRESS_REFUSED });
}
