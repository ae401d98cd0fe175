import type { SeenRequest } from './http-server';

/** How often each address was asked and with what status it answered; status 0 is a request that got no answer. */
export class RequestCounts {
  readonly last: SeenRequest[] = [];
  private readonly byAnswer = new Map<string, Map<number, number>>();

  constructor(private readonly history: number) {}

  add(request: SeenRequest): void {
    const name = request.path.replace('/api/webhooks/', '');
    const statuses = this.byAnswer.get(name) ?? new Map<number, number>();
    this.byAnswer.set(name, statuses);
    statuses.set(request.status, (statuses.get(request.status) ?? 0) + 1);
    this.last.push(request);
    if (this.last.length > this.history) this.last.shift();
  }

  /** `{ pull: { 200: 3, 503: 1 } }`. */
  toObject(): Record<string, Record<number, number>> {
    return Object.fromEntries([...this.byAnswer].map(([name, statuses]) => [name, Object.fromEntries(statuses)]));
  }
}
