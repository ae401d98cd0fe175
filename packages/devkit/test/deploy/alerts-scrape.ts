/** What one `/metrics` shows: by family, the samples that it has now. A family without samples is there all the same. */
export type Scrape = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;

/** The families of several processes together; of each sample only its labels. */
export async function scrape(urls: readonly string[]): Promise<Scrape> {
  const texts = await Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/metrics`);
      if (answer.status !== 200) throw new Error(`${url}/metrics answers ${answer.status}`);
      return answer.text();
    }),
  );
  const found = new Map<string, Record<string, string>[]>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const family = /^# TYPE (\w+) /.exec(line)?.[1];
    if (family !== undefined && !found.has(family)) found.set(family, []);
    const [, name, labels] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    found.get(familyOf(name, found))?.push(labelsOf(labels ?? ''));
  }
  return found;
}

/** `x_bucket` is of the histogram `x`, as long as there is no metric of just that name. */
export function familyOf(name: string, families: { has: (name: string) => boolean }): string {
  return families.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, value]) => [label ?? '', value ?? '']),
  );
}
