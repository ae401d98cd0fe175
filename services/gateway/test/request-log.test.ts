import { until } from '@bridgecore/devkit';
import { RECEIVE } from '../src/push-route';
import { call, flat, get, openRaw, push, pushHead, AUTHORIZED } from './calls';
import { openPushGateway, PushGateway } from './running-gateway';

/** In the name of no series may anything stand that a caller has chosen. */
const MARK = 'chosen-by-the-caller';

let gateway: PushGateway;

beforeAll(async () => {
  gateway = await openPushGateway();
});
afterAll(() => gateway.close());

async function shown(): Promise<string[]> {
  const text = await (await fetch(`${gateway.operatorUrl}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('bridgecore_http_'));
}

/** Resolves with the requests of this route and outcome once they are counted, which is after their answer. */
function counted(labels: string): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    (await shown()).find((line) => line.startsWith(`bridgecore_http_requests_total{${labels}`));
  return until(find, { what: labels });
}

describe('the metrics of requests', () => {
  it('tell outcome and key of each', async () => {
    await push(gateway, flat());
    await push(gateway, '{');
    await push(gateway, flat(), { authorization: 'Bearer wrong' });

    const route = `method="POST",route="${RECEIVE}"`;
    await counted(`${route},status="200",outcome="done",key="push",`);
    await counted(`${route},status="400",outcome="JSON_INVALID",key="push",`);
    await counted(`${route},status="401",outcome="AUTHENTICATION_REQUIRED",key="",`);
    const times = (await shown()).filter((line) => line.startsWith('bridgecore_http_request_seconds_count'));
    expect(times).toContainEqual(expect.stringContaining(`{service="gateway",route="${RECEIVE}",key="push"} 2`));
  });

  it('tell of a caller that has gone before its answer', async () => {
    const connection = openRaw(gateway.url);
    connection.socket.write(pushHead(AUTHORIZED, 'Content-Length: 1000') + '{');
    await until(async () => (await gateway.jobs(), connection.socket.bytesWritten > 0), { what: 'the request' });
    connection.socket.destroy();

    const line = await until(() => gateway.lines.find(({ outcome }) => outcome === 'aborted'), { what: 'its line' });

    expect(line).toMatchObject({ message: 'request.done', route: RECEIVE, key_id: 'push', system: 'odoo' });
    await counted(`method="POST",route="${RECEIVE}",status="${String(line['status'])}",outcome="aborted",key="push",`);
  });

  it('have bounded labels, whatever is asked and by whom', async () => {
    const keys = { authorization: `Bearer ${MARK}`, 'x-api-key': MARK };
    await Promise.all([
      ...Array.from({ length: 20 }, (_, at) => call(`${gateway.url}/${MARK}/${at}?${MARK}=${MARK}`, { headers: keys })),
      push(gateway, flat({ model: MARK }), keys),
      call(gateway.url + RECEIVE, { method: 'PUT', headers: keys }),
      get(`${gateway.operatorUrl}/api/v1/events/${MARK}`, MARK),
    ]);

    await counted('method="PUT"');
    const line = await until(async () => (await shown()).find((one) => one.includes('"(none)",status="404"')), {
      what: 'the unknown paths',
    });
    expect(line).toMatch(/outcome="NOT_FOUND",key=""/);
    expect((await shown()).join('\n')).not.toContain(MARK);
  });
});

describe('the log line of a request', () => {
  it('quotes no header, not even the one that it was refused for', async () => {
    await push(gateway, flat(), { 'content-type': `text/${MARK}` });

    const line = await until(() => gateway.lines.find(({ outcome }) => outcome === 'UNSUPPORTED_MEDIA_TYPE'), {
      what: 'its line',
    });

    expect(line).toMatchObject({ level: 'info', status: 415, duration_ms: expect.any(Number) as number });
    expect(JSON.stringify(gateway.lines)).not.toContain(MARK);
  });
});
