import { EventEmitter } from 'node:events';
import { Request, Response } from 'express';
import { RefusalMemory } from '../src/refused-pushes';

/** Lets one push go by that was answered like this. */
function answer(memory: RefusalMemory, status: number, code: string, key_id?: string, method = 'POST'): void {
  const key = key_id === undefined ? {} : { key: { id: key_id, system: 'odoo' } };
  const res = Object.assign(new EventEmitter(), { statusCode: status, locals: { ...key, failure: { code } } });
  memory.note({ method } as Request, res as unknown as Response, () => undefined);
  res.emit('finish');
}

describe('the memory of refused pushes', () => {
  it('counts by code and key, the most recent first, and forgets what was accepted', () => {
    const memory = new RefusalMemory();
    answer(memory, 429, 'RATE_LIMITED', 'a');
    answer(memory, 429, 'RATE_LIMITED', 'b');
    answer(memory, 200, 'none', 'c');
    answer(memory, 405, 'METHOD_NOT_ALLOWED', undefined, 'GET');
    answer(memory, 429, 'RATE_LIMITED', 'a');

    expect(memory.all()).toMatchObject([
      { code: 'RATE_LIMITED', key_id: 'a', system: 'odoo', count: 2 },
      { code: 'RATE_LIMITED', key_id: 'b', count: 1 },
    ]);
  });

  it('is bounded: the kind that was quiet for longest is forgotten', () => {
    const memory = new RefusalMemory();
    for (let key = 0; key < 300; key += 1) answer(memory, 403, 'FORBIDDEN', `key-${key}`);

    expect(memory.all()).toHaveLength(200);
    expect(memory.all()[0]?.key_id).toBe('key-299');
    expect(memory.all().at(-1)?.key_id).toBe('key-100');
  });
});
