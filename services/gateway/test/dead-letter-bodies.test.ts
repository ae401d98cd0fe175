import { createTestRedis } from '@bridgecore/devkit';
import { Answer, call } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, pushKey } from './test-keys';

const HOSTILE = ['{"constructor":1}', '{"constructor":{}}', '{"then":1}', '{"__proto__":{"a":1}}', '[[]]'];
const DEEP = '['.repeat(8_000) + ']'.repeat(8_000); // fits into the bound on bodies

describe('a body with what no operator means', () => {
  let recorded: RecordedEvents;
  let gateway: RunningGateway;

  beforeAll(async () => {
    const [{ url }, database] = await Promise.all([createTestRedis(), openRecordedEvents()]);
    recorded = database;
    gateway = await openTestGateway({ redisUrl: url, databaseUrl: recorded.url, keys: [pushKey(), operatorKey()] });
    await ready(gateway, 'ready');
  });

  afterAll(async () => {
    await gateway.close();
    await recorded.drop();
  });

  const post = (path: string, body: string, type = 'application/json'): Promise<Answer> =>
    call(`${gateway.operatorUrl}/api/v1/dead-letters${path}`, {
      ...{ method: 'POST', body, headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': type } },
    });

  it.each(
    [
      ...HOSTILE.flatMap((value) => [
        `{"filter":${value}}`,
        `{"filter":{"system":${value}}}`,
        `{"filter":{},"dry_run":${value}}`,
      ]),
      ...[
        '{"constructor":1,"filter":{}}',
        `{"filter":${DEEP}}`,
        `{"filter":{"model":${DEEP}}}`,
        '{"filter":{"system":null}}',
      ],
    ].map((body) => [body.slice(0, 60), body] as const),
  )('gets 422 from a bulk replay: %s', async (_, body) => {
    expect(await post('/replay', body)).toMatchObject({ status: 422, body: { code: 'EVENT_INVALID' } });
  });

  it.each([...HOSTILE, DEEP].map((reason) => [reason.slice(0, 60), reason] as const))(
    'gets 422 from discarding, as the reason: %s',
    async (_, reason) => {
      expect(await post('/1/discard', `{"reason":${reason}}`)).toMatchObject({ status: 422 });
    },
  );

  it.each(['/replay', '/1/discard'])('gets 413 or 415 from %s when it is too large or no JSON', async (path) => {
    const answers = await Promise.all([post(path, `"${'x'.repeat(16_384)}"`), post(path, '{}', 'text/plain')]);

    expect(answers.map(({ status }) => status)).toEqual([413, 415]);
  });
});
