import { setTimeout as sleep } from 'node:timers/promises';
import type { Service, ServiceListener } from './service';

/** Who must not outlive us, whatever happens to us. */
export interface Guard {
  guard(pid: number): Promise<void>;
  unguard(pid: number): Promise<void>;
}

interface Surroundings {
  readonly guard: Guard;
  readonly line: (line: string, service: string) => void;
  readonly say: (text: string) => void;
}

const LONGEST_PAUSE_MS = 30_000;
const STABLE_MS = 60_000;

/** All services together: what dies is started again, and the end comes in order. */
export class Fleet implements ServiceListener {
  private readonly services: Service[] = [];
  private readonly deaths = new Map<Service, { count: number; at: number }>();
  private readonly ending = new AbortController();
  private isUp = false;

  constructor(private readonly around: Surroundings) {}

  add(service: Service): Service {
    this.services.push(service);
    service.start();
    return service;
  }

  /** From now on a service that dies is started again; before, its death is a failure to start. */
  watch(): void {
    this.isUp = true;
    for (const service of this.services) if (!service.isRunning) this.died(service, 'early');
  }

  /** Ends them one after another, in the order given by name; `now` cuts that short. */
  async stop(order: readonly string[], now: AbortSignal): Promise<void> {
    this.ending.abort();
    const hurry = (): void => {
      for (const service of this.services) service.killNow();
    };
    now.addEventListener('abort', hurry);
    for (const service of order.flatMap((name) => this.services.filter((one) => one.name === name))) {
      if (service.isRunning && !now.aborted) this.around.say(`stopping ${service.name} …`);
      await service.stop();
    }
    now.removeEventListener('abort', hurry);
  }

  line(line: string, service: string): void {
    this.around.line(line, service);
  }

  began(pid: number): void {
    this.around.guard.guard(pid).catch(ignore);
  }

  ended(pid: number): void {
    this.around.guard.unguard(pid).catch(ignore);
  }

  died(service: Service, how: string): void {
    if (this.isUp) void this.revive(service, how);
  }

  private async revive(service: Service, how: string): Promise<void> {
    const pauseMs = this.pauseBefore(service);
    this.around.say(
      `${service.name} has ended (${how}); its log is ${service.logFile}. Starting it again in ${pauseMs / 1_000} s …`,
    );
    try {
      await sleep(pauseMs, undefined, { signal: this.ending.signal });
      service.start();
    } catch {
      // we are ending: it stays down
    }
  }

  /** One second, doubling with each death that follows soon after the last. */
  private pauseBefore(service: Service): number {
    const last = this.deaths.get(service);
    const count = last !== undefined && Date.now() - last.at < STABLE_MS ? last.count + 1 : 0;
    this.deaths.set(service, { count, at: Date.now() });
    return Math.min(1_000 * 2 ** count, LONGEST_PAUSE_MS);
  }
}

function ignore(): void {
  // the keeper is gone, and with it all that it kept: there is nobody to tell
}
