import { Counter, Histogram, Registry } from 'prom-client';
import { CountJob } from '@bridgecore/runtime';
import { outcomeLabel } from './labels';

const OUTCOMES = ['done', 'failed', 'postponed', 'skipped', 'stopped', 'moved'] as const;

/** From a job of one push to a run of pulls that has had all its time. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Counts the attempts at the jobs of these queues by how they ended, and how long they took. */
export function countJobs(registry: Registry, queues: readonly string[]): CountJob {
  const registers = [registry];
  const attempts = new Counter({
    name: 'bridgecore_jobs_total',
    help: 'Attempts at jobs, by how they ended.',
    labelNames: ['queue', 'outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'bridgecore_job_failures_total',
    help: 'Attempts that failed: to be tried again (true), or given up (false).',
    labelNames: ['queue', 'retry'],
    registers,
  });
  const duration = new Histogram({
    name: 'bridgecore_job_seconds',
    help: 'How long an attempt has taken.',
    labelNames: ['queue'],
    buckets: SECONDS,
    registers,
  });
  const label = outcomeLabel(OUTCOMES);
  for (const queue of queues) {
    for (const outcome of OUTCOMES) attempts.inc({ queue, outcome }, 0); // a rate needs the 0 before the first
    for (const retry of ['true', 'false']) failures.inc({ queue, retry }, 0);
    duration.zero({ queue });
  }
  return (queue, { outcome, retry }, seconds) => {
    attempts.inc({ queue, outcome: label(outcome) });
    if (outcome === 'failed') failures.inc({ queue, retry: String(retry === true) });
    if (seconds !== undefined) duration.observe({ queue }, seconds);
  };
}
