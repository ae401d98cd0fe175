import { join } from 'node:path';
import { capturedBodies, fuzz } from '@bridgecore/devkit';
import { RECEIVE } from '../src/push-route';
import { openPushGateway, PushGateway } from './running-gateway';
import { PUSH_KEY } from './test-keys';

const CAPTURES = join(__dirname, '../../../../packages/contracts/test/fixtures/odoo-wire');
const REQUESTS = 3_000;

describe('the push endpoint', () => {
  let gateway: PushGateway;

  beforeAll(async () => {
    gateway = await openPushGateway({ WEBHOOK_RATE_LIMIT_PER_MINUTE: 1_000_000 });
  });

  afterAll(() => gateway.close());

  it('gives mutated captures only answers of the API, and what it accepts the worker can read', async () => {
    const seeds = capturedBodies(CAPTURES);
    const url = gateway.url + RECEIVE;

    const result = await fuzz({ url, key: PUSH_KEY, seeds, seed: 1, goOn: (sent) => sent < REQUESTS });

    expect(result.offence).toBeUndefined();
    expect(result.statuses.get(200)).toBeGreaterThan(REQUESTS / 10);
    expect(result.statuses.get(422)).toBeGreaterThan(0);
    const jobs = await gateway.jobs(); // parsed as the worker does
    expect(jobs.length).toBeGreaterThan(0);
    expect(jobs.flatMap(({ unreadable = [] }) => unreadable)).toEqual([]);
  }, 120_000);
});
