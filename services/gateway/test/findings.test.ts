import { PULL_UNDER_WAY } from '@bridgecore/contracts';
import { findingsOf } from '../src/why/findings';
import { Facts, Finding } from '../src/why/story';
import { before, outboxOf, eventOf, factsOf, lagging, lastPull, letterOf, NEVER } from './why-facts';
import { NOW, queuedOf, queueOf, refusedOf, refusing, systemOf } from './why-facts';

const find = (different: Partial<Facts> = {}): Finding[] => findingsOf(factsOf(different));
const told = (different: Partial<Facts>): string[] =>
  find(different).map(({ severity, code }) => `${severity} ${code}`);
const one = (code: string, different: Partial<Facts>): Finding | undefined =>
  find(different).find((finding) => finding.code === code);

const RECORDED = { events: [eventOf()] };
const KEY_PROBLEM =
  'Odoo at https://odoo.example.com answered 401: Invalid API key. Check that its key here (ODOO_WEBHOOK_API_KEY, or webhook_api_key in SYSTEMS_FILE) is the one that is set in Odoo.';
const REFUSED = systemOf({
  pull: lagging(900),
  check: { state: 'degraded', key_accepted: false, problems: [KEY_PROBLEM] },
});
const DOWN = systemOf({
  pull: lagging(900),
  check: { state: 'down', problems: ['Odoo cannot be reached: ECONNREFUSED.'] },
});

describe('the findings', () => {
  it('are none when the record is recorded and all is well', () => {
    expect(find(RECORDED)).toEqual([]);
  });

  it('each have a text that ends as a sentence, and what is wrong has a hint', () => {
    const many = [
      find({ systems: [REFUSED], dead_letters: [letterOf()], queued: [queuedOf({ state: 'failed', error: 'a bug' })] }),
      find({ systems: [DOWN], ...refusing(refusedOf(), refusedOf({ code: 'RATE_LIMITED', detail: null })) }),
      find({ events: null, queued: null, systems: null }),
      find({ systems: [systemOf({ pull: NEVER, check: null })] }),
      find({ systems: [systemOf({ check: { clock_skew_seconds: 95 } })], model_seen_from: [] }),
      find({ ...RECORDED, outbox: [outboxOf(), outboxOf({ attempts: 0 })] }),
    ].flat();

    expect(many.length).toBeGreaterThan(12);
    for (const { text, hint, severity } of many) {
      expect(text).toMatch(/^[A-Za-z0-9].*[.)]$/);
      expect(`${text} ${hint ?? ''}`).not.toMatch(/undefined|null|NaN|\.\.|\s\s/);
      if (severity !== 'info') expect(hint).toMatch(/[.?)]$/);
    }
  });

  it('begin with what is known of the record, then what keeps all from arriving, and end with what only may be', () => {
    const facts = {
      queued: [queuedOf({ state: 'failed', error: 'a bug', attempts: 8 })],
      dead_letters: [letterOf({ id: '3' }), letterOf({ id: '4' })],
      systems: [
        systemOf({
          pull: lagging(10_000),
          check: { ...DOWN.check, clock_skew_seconds: 95, checked_at: before(9_000) },
        }),
      ],
      gateway: {
        checks: { redis: 'down', postgres: 'up' },
        redis_evicts_by: 'allkeys-lru',
        refused_pushes: [refusedOf()],
      },
    };

    expect(told(facts)).toEqual([
      ...['error JOB_FAILED', 'error DEAD_LETTER', 'error DEAD_LETTER', 'error REDIS_EVICTS', 'error ODOO_DOWN'],
      ...['warning CLOCK_SKEWED', 'warning CHECK_STALE', 'warning PUSHES_REFUSED'],
    ]);
    expect(find(facts)[1]?.text).toContain('Dead letter 4'); // the last first
  });
});

describe('what is known of the record', () => {
  it('names the dead letter, what its reason means, and the commands', () => {
    const finding = one('DEAD_LETTER', { dead_letters: [letterOf()] });

    expect(finding).toMatchObject({ severity: 'error', system: 'odoo' });
    expect(finding?.text).toContain('22P05, it holds a character that PostgreSQL does not store');
    for (const verb of ['show', 'replay', 'discard'])
      expect(finding?.hint).toContain(`\`bridgecore dead-letters ${verb} 3\``);
  });

  it('tells of closed letters what became of them', () => {
    const replayed = letterOf({ status: 'replayed', event_id: '7', closed_at: before(60) });
    const discarded = letterOf({ id: '4', status: 'discarded', closed_at: before(7_300) });

    expect(told({ ...RECORDED, dead_letters: [replayed, discarded] })).toEqual([
      ...['warning DEAD_LETTER_DISCARDED', 'info DEAD_LETTER_REPLAYED'],
    ]);
    expect(one('DEAD_LETTER_DISCARDED', { dead_letters: [discarded] })?.text).toContain('2 hours ago');
  });

  it('tells of a job once, however many events of the record it carries', () => {
    const queued = [queuedOf({ attempts: 2, error: 'deadlock' }), queuedOf({ attempts: 2, error: 'deadlock' })];

    expect(told({ queued })).toEqual(['warning JOB_RETRIES']);
    expect(one('JOB_RETRIES', { queued })?.text).toContain(
      'has failed 2 times so far, and may be tried 8 times: deadlock.',
    );
    expect(told({ queued: [queuedOf()] })).toEqual([]);
  });

  it('tells a delivery that fails from one that waits', () => {
    expect(told({ ...RECORDED, outbox: [outboxOf()] })).toEqual(['error OUTBOX_FAILS']);
    expect(told({ ...RECORDED, outbox: [outboxOf({ attempts: 0 })] })).toEqual(['info OUTBOX_WAITS']);
    expect(one('OUTBOX_FAILS', { ...RECORDED, outbox: [outboxOf()] })?.text).toContain('it answered 500.');
  });
});

describe('what is wrong with the stores', () => {
  it('is told of each that is away, alone and together', () => {
    const postgres = { events: null, dead_letters: null, systems: null, outbox: null, model_seen_from: null };
    const redis = { queued: null, queues: null, last_pulls: null };

    expect(told({ ...postgres })).toEqual(['error POSTGRES_AWAY']);
    expect(told({ ...RECORDED, ...redis })).toEqual(['error REDIS_AWAY']);
    expect(told({ ...postgres, ...redis })).toEqual(['error POSTGRES_AWAY', 'error REDIS_AWAY']);
  });

  it('does not take a Redis that evicts for one that is away', () => {
    const gateway = {
      ...factsOf().gateway,
      checks: { redis: 'down', postgres: 'up' },
      redis_evicts_by: 'volatile-ttl',
    };

    expect(told({ ...RECORDED, gateway })).toEqual(['error REDIS_EVICTS']);
    expect(one('REDIS_EVICTS', { gateway })).toMatchObject({
      text: expect.stringContaining('maxmemory-policy volatile-ttl') as string,
      hint: expect.stringContaining('config set maxmemory-policy noeviction') as string,
    });
  });

  it('takes a backlog for the cause when the record is in it, and tells no worker from too few', () => {
    const queues = (active: number) => [queueOf('webhook-events', 300, active)];

    expect(told({ queued: [queuedOf()], queues: queues(0) })).toEqual(['error BACKLOG']);
    expect(told({ ...RECORDED, queues: queues(4) })).toEqual(['warning BACKLOG']);
    expect(one('BACKLOG', { queues: queues(0) })?.text).toContain('5 minutes, and no worker works on any');
    expect(one('BACKLOG', { queues: queues(4) })?.hint).toContain('--scale worker=4');
    expect(told({ ...RECORDED, queues: [queueOf('webhook-events', 20, 1)] })).toEqual([]);
  });

  it('says when not every job was looked through', () => {
    expect(told({ ...RECORDED, queued_all_seen: false })).toEqual(['info QUEUE_NOT_ALL_SEEN']);
  });
});

describe('what is wrong with an Odoo', () => {
  it('is that it refuses the key, with what to set where; the lag that comes of it is told there', () => {
    expect(told({ systems: [REFUSED] })).toEqual(['error ODOO_KEY_REFUSED', 'info MODEL_SEEN_BUT_NOT_RECORD']);
    const finding = one('ODOO_KEY_REFUSED', { systems: [REFUSED] });
    expect(finding?.text).toContain('seen 10 minutes ago');
    expect(finding?.text).toContain('The last successful pull was 15 minutes ago.');
    expect(finding?.hint).toContain('`webhook.api_key`');
    expect(finding?.hint).toContain('`bridgecore pull odoo`');
  });

  it('is that it is away', () => {
    expect(told({ systems: [DOWN] })).toEqual(['error ODOO_DOWN', 'info MODEL_SEEN_BUT_NOT_RECORD']);
    expect(one('ODOO_DOWN', { systems: [DOWN] })?.text).toContain('ECONNREFUSED');
  });

  it.each([
    ['ODOO_KEY_REFUSED', 'ODOO_REFUSED: Odoo at https://o answered 401: Invalid API key. Check that …'],
    ['ODOO_DOWN', 'Odoo cannot be reached: ECONNREFUSED connect ECONNREFUSED 127.0.0.1:9'],
    ['ODOO_DOWN', 'Odoo has not answered within 30 s.'],
    ['ODOO_DOWN', 'Odoo at https://o answered 503 without JSON'],
    ['PULL_FAILS', 'ODOO_REFUSED: Odoo at https://o answered 404 without JSON. Check ODOO_URL'],
    ['PULL_FAILS', 'Odoo failed inside: integer out of range'],
  ])('is %s when the last pull failed by "%s", although an older check found nothing', (code, reason) => {
    const systems = [systemOf({ pull: lagging(900) })];

    const [finding] = find({ ...RECORDED, systems, last_pulls: [lastPull({ reason })] });

    expect(finding).toMatchObject({ code, severity: 'error', text: expect.stringContaining(reason) as string });
  });

  it('is told by the breaker and by Retry-After too', () => {
    const skipped = (reason: string) => [lastPull({ outcome: 'skipped', reason })];
    const systems = [systemOf({ pull: lagging(900) })];

    const away = skipped('odoo was away 5 times in a row; it is asked again within 24 s');
    expect(told({ ...RECORDED, systems, last_pulls: away })).toEqual(['error ODOO_DOWN']);
    const limited = skipped('Odoo asked to be left alone');
    expect(told({ ...RECORDED, systems, last_pulls: limited })).toEqual(['warning PULL_SKIPPED']);
  });

  it('is over when a pull has succeeded since, whatever the last check found', () => {
    const { check } = REFUSED;

    expect(told({ ...RECORDED, systems: [systemOf({ check })] })).toEqual([]);
    expect(told({ ...RECORDED, systems: [systemOf({ check: DOWN.check })] })).toEqual([]);
    const last_pulls = [lastPull({ ended_at: before(700), reason: 'Odoo cannot be reached' })];
    expect(told({ ...RECORDED, last_pulls })).toEqual([]);
  });

  it('is still that pulls fail when a check finds that Odoo answers', () => {
    const systems = [systemOf({ pull: lagging(900), check: { checked_at: before(1) } })];
    const last_pulls = [lastPull({ reason: 'Odoo failed inside: integer out of range' })];

    expect(told({ ...RECORDED, systems, last_pulls })).toEqual(['error PULL_FAILS']);
  });

  it('is a wrong clock, in which direction, and what that does', () => {
    const ahead = {
      ...RECORDED,
      systems: [systemOf({ check: { clock_skew_seconds: 95, problems: ['Its clock is off.'] } })],
    };
    const behind = { ...RECORDED, systems: [systemOf({ check: { clock_skew_seconds: -7_300 } })] };

    expect(told(ahead)).toEqual(['warning CLOCK_SKEWED']);
    expect(one('CLOCK_SKEWED', ahead)?.text).toContain('95 seconds ahead of ours, as seen 10 minutes ago');
    expect(one('CLOCK_SKEWED', behind)?.text).toContain('2 hours behind ours');
    expect(told({ ...RECORDED, systems: [systemOf({ check: { clock_skew_seconds: 30 } })] })).toEqual([]);
  });

  it('is what else the check has found; what concerns RPC alone keeps no event away', () => {
    const problems = ['Odoo failed inside: x. Look at it.', 'Its external API (RPC) does not accept us: no.'];
    const systems = [systemOf({ check: { state: 'degraded', problems } })];

    expect(told({ ...RECORDED, systems })).toEqual(['warning CHECK_PROBLEM', 'info CHECK_PROBLEM']);
    expect(one('CHECK_PROBLEM', { systems })?.text).toContain('(10 minutes ago) says: Odoo failed inside: x.');
  });

  it('is unknown when no check was made, or none for long', () => {
    const old = { systems: [systemOf({ check: { checked_at: before(3 * 86_400) } })] };

    expect(told({ ...RECORDED, ...old })).toEqual(['warning CHECK_STALE']);
    expect(one('CHECK_STALE', old)?.text).toContain('3 days ago');
    expect(told({ ...RECORDED, systems: [systemOf({ check: null })] })).toEqual(['info CHECK_STALE']);
  });
});

describe('what is wrong with the pulls', () => {
  const quiet = systemOf({ pull: { last_run_at: before(900), ...lagging(900) } });
  const waiting = (name: string) => [queueOf(name, 600)];

  it.each([
    ['no tick comes', [], 'no scheduler runs'],
    ['runs wait', waiting('odoo-pull'), 'no worker takes them'],
    ['ticks wait', waiting('ticks'), 'no scheduler works them off'],
    ['Redis is away', null, 'cannot be looked at'],
  ])('is that nobody does them, and who it is, when %s', (_, queues, who) => {
    const finding = one('NOTHING_PULLS', { systems: [quiet], queues });

    expect(finding).toMatchObject({ severity: 'error', text: expect.stringContaining(who) as string });
    expect(finding?.text).toContain('15 minutes ago, though it should be every 30 seconds');
  });

  it('is told before what an Odoo was found with when somebody last looked', () => {
    const systems = [systemOf({ pull: { last_run_at: before(900), ...lagging(900) }, check: DOWN.check })];

    expect(told({ systems, ...RECORDED })).toEqual(['error NOTHING_PULLS', 'error ODOO_DOWN']);
  });

  it('is not that nobody does them while runs are skipped', () => {
    const last_pulls = [lastPull({ outcome: 'skipped', reason: 'Odoo asked to be left alone' })];

    expect(told({ systems: [quiet], ...RECORDED, last_pulls })).toEqual(['warning PULL_SKIPPED']);
  });

  it('is that there never was one', () => {
    const systems = [systemOf({ pull: NEVER })];

    expect(told({ systems, ...RECORDED })).toEqual(['error NEVER_PULLED']);
    const begun = [systemOf({ pull: { ...NEVER, last_run_at: before(5), runs: 2 } })];
    expect(told({ systems: begun, ...RECORDED })).toEqual(['warning NEVER_PULLED']);
  });

  it('is that they begin and do not get on', () => {
    const systems = [systemOf({ pull: lagging(900) })];

    expect(told({ systems, ...RECORDED, last_pulls: [lastPull({ outcome: 'stopped' })] })).toEqual(['error PULL_LAGS']);
    const met = lastPull({ outcome: 'skipped', reason: PULL_UNDER_WAY });
    expect(told({ systems, ...RECORDED, last_pulls: [met] })).toEqual(['error PULL_LAGS']);
  });

  it('is nothing while a long run gets on page by page, or while ticks come seldom', () => {
    const paging = systemOf({ pull: { ...lagging(900), last_run_at: before(280), last_event_at: before(2) } });
    const seldom = { ...quiet, sync_interval_seconds: 3_600 };

    expect(told({ systems: [paging], ...RECORDED })).toEqual([]);
    expect(told({ systems: [seldom], ...RECORDED })).toEqual([]);
  });
});

describe('which Odoo is to blame', () => {
  const systems = [systemOf(), systemOf({ id: 'lyon', check: DOWN.check, pull: lagging(900) })];

  it('may be any when the record was met nowhere', () => {
    expect(find({ systems }).map(({ code, system }) => [code, system])).toEqual([
      ...[
        ['ODOO_DOWN', 'lyon'],
        ['NOT_CONFIGURED_IN_ODOO', 'lyon'],
        ['MODEL_SEEN_BUT_NOT_RECORD', 'odoo'],
      ],
    ]);
  });

  it('is only the one from which the record has come', () => {
    expect(find({ systems, ...RECORDED })).toEqual([]);
    expect(told({ systems, queued: [queuedOf({ system: 'lyon' })] })).toEqual(['error ODOO_DOWN']);
  });

  it('is none that is declared', () => {
    const asked = { ...factsOf().asked, system: 'nowhere' };

    expect(told({ systems: [], asked })).toEqual(['warning SYSTEM_NOT_DECLARED']);
    expect(one('SYSTEM_NOT_DECLARED', { systems: [], asked })?.text).toContain('"nowhere"');
    expect(told({ systems: [], ...RECORDED })).toEqual(['warning SYSTEM_NOT_DECLARED']);
  });
});

describe('what the arrivals tell', () => {
  it('is why pushes were refused, by whose key, and where to mend it', () => {
    const finding = one('PUSHES_REFUSED', refusing(refusedOf()));

    expect(finding?.text).toContain('4 pushes that showed no key known here were refused');
    expect(finding?.text).toContain(
      'the last 2 minutes ago (AUTHENTICATION_REQUIRED): The subscriber in Odoo has no token.',
    );
    expect(finding?.hint).toContain('WEBHOOK_PUSH_API_KEY');
    const single = one(
      'PUSHES_REFUSED',
      refusing(refusedOf({ count: 1, key_id: 'push', code: 'METHOD_X', detail: null })),
    );
    expect(single?.text).toContain('1 push with the key "push" was refused');
    expect(single?.hint).toContain('request.done');
  });

  it('is nothing of pushes that were refused days ago', () => {
    expect(told({ ...RECORDED, ...refusing(refusedOf({ last_at: before(2 * 86_400) })) })).toEqual([]);
  });

  it('is that a model is not reported, or this record alone is not', () => {
    expect(told({ model_seen_from: [] })).toEqual(['warning NOT_CONFIGURED_IN_ODOO']);
    expect(told({})).toEqual(['info MODEL_SEEN_BUT_NOT_RECORD']);
    expect(one('MODEL_SEEN_BUT_NOT_RECORD', {})?.hint).toContain('`bridgecore sweep odoo`');
    expect(told({ model_seen_from: null })).toEqual([]);
  });

  it('is that the newest came late, and that no push of it came', () => {
    const events = [eventOf({ id: '6', occurred_at: before(9_000) }), eventOf({ occurred_at: before(3_700) })];

    expect(told({ events })).toEqual(['info ARRIVED_LATE']);
    expect(one('ARRIVED_LATE', { events })?.text).toContain('Event 7 came 61 minutes after the change');
    expect(one('ARRIVED_LATE', { events })?.text).toContain('by pull alone');
    expect(told({ events: [events[0] as never, eventOf()] })).toEqual([]);
  });

  it('is a wrong clock when the newest comes from the future; told once', () => {
    const events = [eventOf({ occurred_at: new Date(NOW.getTime() + 600_000) })];

    expect(told({ events })).toEqual(['warning CLOCK_SKEWED']);
    expect(told({ events, systems: [systemOf({ check: { clock_skew_seconds: 620 } })] })).toEqual([
      'warning CLOCK_SKEWED',
    ]);
  });
});
