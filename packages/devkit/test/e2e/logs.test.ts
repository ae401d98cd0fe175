import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, ODOO_KEY, OPERATOR_KEY, PUSH_KEY, startHub } from './hub';

type Line = Record<string, unknown>;

/** What must stand in no log, with where it was put. */
const secret = (where: string): string => `s3cr3t-${where}`;

describe('the logs of the three services as processes, at the level debug', () => {
  let database: TestDatabase;
  let odoo: FakeOdoo;
  let hub: Hub;

  beforeAll(async () => {
    const [redis, made, port] = await Promise.all([createTestRedis(), createTestDatabase(), freePort()]);
    database = made;
    odoo = new FakeOdoo({ apiKey: ODOO_KEY });
    const odooUrl = await odoo.listen();
    const env = { LOG_LEVEL: 'debug', ODOO_BREAKER_SECONDS: '1', CONNECTION_CHECK_SECONDS: '2' };
    hub = await startHub({ redisUrl: redis.url, databaseUrl: database.url, odooUrl, port, env });
  }, 60_000);

  afterAll(async () => {
    await odoo.close();
    await hub.stop();
    await database.drop();
  }, 30_000);

  const lines = (): Line[] =>
    hub
      .output()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as Line] : []));
  const find = (wanted: Line): Line[] =>
    lines().filter((line) => Object.entries(wanted).every(([name, value]) => line[name] === value));
  const logged = (wanted: Line): Promise<Line[]> =>
    until(() => (find(wanted).length > 0 ? find(wanted) : null), { what: JSON.stringify(wanted), timeoutMs: 20_000 });

  function push(body: string, headers: Record<string, string> = {}): Promise<Response> {
    const basics = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
    return fetch(`${hub.pushUrl}?token=${secret('query')}`, {
      method: 'POST',
      headers: { ...basics, ...headers },
      body,
    });
  }

  it('let one id lead from a push through its job to the row and the audit', async () => {
    const id = 'push-of-the-logs-test';
    const body = JSON.stringify({
      model: 'res.partner',
      record_id: 7,
      event: 'write',
      event_id: 1,
      data: { name: 'x' },
    });

    await push(body, { 'x-request-id': id });

    const [request] = await logged({ message: 'request.done', correlation_id: id });
    const [job] = await logged({ message: 'job.done', queue: 'webhook-events', correlation_id: id });
    const common = { system: 'odoo', outcome: 'done', duration_ms: expect.any(Number) as number };
    expect(request).toMatchObject({ ...common, service: 'gateway', key_id: 'push', accepted: 1 });
    expect(job).toMatchObject({ ...common, service: 'worker', key_id: 'push', recorded: 1 });
    expect(job).toMatchObject({ instance: expect.any(String) as string, version: expect.any(String) as string });
    const audit = `select 1 from audit_logs where correlation_id = '${id}' and action = 'event.push'`;
    expect(await hub.rows(`select 1 from webhook_events where correlation_id = '${id}'`)).toHaveLength(1);
    expect(await hub.rows(audit)).toHaveLength(1);
  });

  it('let one id lead from a tick through its run and page to the row and the audit', async () => {
    odoo.makeEvents(1);

    const [page] = await logged({ message: 'pull.page', outcome: 'done', sweep: false, rows: 1 });

    const id = String(page?.['correlation_id']);
    const [tick] = await logged({ message: 'job.done', queue: 'ticks', correlation_id: id });
    const [run] = await logged({ message: 'job.done', queue: 'odoo-pull', correlation_id: id });
    expect(tick).toMatchObject({ service: 'scheduler', kind: 'pull', system: 'odoo', outcome: 'done' });
    expect(run).toMatchObject({ service: 'worker', system: 'odoo', outcome: 'done', pages: 1, recorded: 1 });
    expect(page).toMatchObject({ system: 'odoo', recorded: 1, duration_ms: expect.any(Number) as number });
    const audit = `select 1 from audit_logs where correlation_id = '${id}' and action = 'event.pull'`;
    expect(await hub.rows(`select 1 from webhook_events where correlation_id = '${id}'`)).toHaveLength(1);
    expect(await hub.rows(audit)).toHaveLength(1);
  });

  it('let one id lead from a tick to a run that fails, and to what a check has found', async () => {
    odoo.setFaults({ path: 'pull', reset: true });

    const [run] = await logged({ message: 'job.failed', queue: 'odoo-pull' });
    odoo.setFaults([]);

    const [tick] = await logged({ message: 'job.done', queue: 'ticks', correlation_id: run?.['correlation_id'] });
    expect([run?.['system'], run?.['outcome'], tick?.['outcome']]).toEqual(['odoo', 'failed', 'done']);
    const [check] = await logged({ message: 'system.check' });
    const { correlation_id } = check ?? {};
    await logged({ service: 'scheduler', kind: 'connection-check', outcome: 'done', correlation_id });
    await logged({ message: 'job.done', queue: 'maintenance', kind: 'connection-check', correlation_id });
  });

  it('hold no secret, no header and no payload, whatever is pushed and pulled, and whatever fails', async () => {
    const data = {
      ...{ access_token: secret('redacted'), note: secret('data'), lines: [{ deep: { pin: secret('deep') } }] },
      _changed_fields: ['note'],
    };
    const event = { model: 'res.partner', record_id: 8, event: 'write', data, user_name: secret('user') };
    const headers = {
      ...{ cookie: secret('cookie'), 'x-custom': secret('custom'), 'user-agent': secret('agent') },
      ...{ 'x-api-key': secret('second-key'), 'idempotency-key': secret('idempotency'), referer: secret('referer') },
    };
    const poison = { ...data, poison: 'a\u0000b' };

    await push(JSON.stringify({ ...event, event_id: 20 }), headers);
    await push(JSON.stringify({ ...event, event_id: 21, data: poison }), headers);
    await push(JSON.stringify({ ...event, record_id: secret('record'), priority: secret('priority') }), headers);
    await push(JSON.stringify({ ...event, model: `no model ${secret('model')}`, timestamp: secret('time') }), headers);
    await push(JSON.stringify({ batch: true, events: [{ ...event, record_id: secret('item') }] }), headers);
    await push(JSON.stringify({ ...data, _webhook_metadata: { model: secret('metadata') } }), headers);
    await push(JSON.stringify([secret('list')]), headers);
    await push(`{"access_token": "${secret('malformed')}`, headers);
    await push('{}', { ...headers, authorization: `Bearer ${secret('key')}` });
    await push('{}', { ...headers, authorization: `Basic ${secret('basic')}` });
    await push('{}', { ...headers, 'content-type': `text/${secret('type')}` });
    await fetch(`${hub.gatewayUrl}/${secret('path')}?${secret('name')}=1`, { headers });
    await fetch(`${hub.operatorUrl}/api/v1/events?model=${secret('filter')}`, { headers });
    odoo.commit([
      { model: 'res.partner', fields: { comment: secret('pulled'), signup_token: secret('pulled-token') } },
      { model: 'res.partner', fields: { comment: secret('pulled-poison'), name: 'a\u0000b' } },
    ]);
    const letters = (): Promise<object[]> => hub.rows('select origin, kind, reason from dead_letters');
    await until(async () => (await letters()).length >= 3, { what: 'dead letters' });
    odoo.setFaults([
      { path: 'pull', errorText: `the key ${ODOO_KEY} ${secret('odoo')} is not what it was` },
      { path: 'stats', errorText: `${ODOO_KEY} is not what it was` },
    ]);
    await logged({ message: 'job.failed', queue: 'odoo-pull' });
    await until(() => hub.output().includes('(hidden)'), { what: 'the failure of Odoo' });
    odoo.setFaults([]);

    const written = hub.output();
    for (const known of [PUSH_KEY, OPERATOR_KEY, ODOO_KEY]) expect(written).not.toContain(known);
    const told = new Set(written.match(/s3cr3t-[a-z-]+/g));
    told.delete(secret('odoo')); // its own words are what an operator needs, but for our key
    expect([...told]).toEqual([]);
    expect(await hub.rows(`select 1 from system_checks where detail::text like '%${ODOO_KEY}%'`)).toEqual([]);
    await logged({ message: 'event.recorded', push_id: '20' });
    await logged({ message: 'event.dead', push_id: '21' });
  }, 60_000);
});
