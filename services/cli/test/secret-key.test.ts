import { loadSealingKeys } from '@bridgecore/runtime';
import { ran, toldGateway } from './told-gateway';

const kidsOf = (text: string): string[] =>
  loadSealingKeys({ SECRET_KEYS_FILE: 'made' }, () => text).map(({ kid }) => kid);

describe('keys create-secret-key', () => {
  it('prints a file that the services take', async () => {
    const { code, out } = await ran(['keys', 'create-secret-key', '--set', '--kid', 'first']);

    expect([code, kidsOf(out)]).toEqual([0, ['first']]);
  });

  it('prints an entry of its own with every call', async () => {
    const args = ['keys', 'create-secret-key', '--json'];
    const entries = [await ran(args), await ran(args)];

    expect(new Set(kidsOf(`{"keys": [${entries.map(({ out }) => out).join()}]}`)).size).toBe(2);
  });

  it('shows people the entry, and in which order it is put where', async () => {
    const { out } = await ran(['keys', 'create-secret-key']);

    expect(kidsOf(`{"keys": [${/\{[^}]*\}/.exec(out)?.[0] ?? ''}]}`)).toHaveLength(1);
    expect(out).toMatch(/Put it last[^]*put it first[^]*re-encrypt[^]*take the old one away/);
  });

  it('refuses a kid that the services would refuse', async () => {
    const { code, out } = await ran(['keys', 'create-secret-key', '--kid', 'a b']);

    expect([code, out]).toEqual([64, '']);
  });
});

it('has secrets encrypted anew, and says by which key', async () => {
  const gateway = await toldGateway({
    'POST /api/v1/secrets/re-encrypt': [{ re_encrypted: 3, already: 1, key_id: 'second' }],
  });

  const { code, out } = await gateway.ran('keys', 're-encrypt');
  await gateway.close();

  expect(code).toBe(0);
  expect(out).toContain('3 secrets encrypted anew with the key second; 1 had it already.');
});
