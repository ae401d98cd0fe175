import { PULL_UNDER_WAY } from '@bridgecore/contracts';
import { SystemView } from '../systems';
import { LastPull } from './story';

/** What is known of an Odoo by the last time that anybody dealt with it. */
export interface Evidence {
  readonly at: Date;
  readonly says: 'ok' | 'key_refused' | 'down' | 'fails' | 'skipped';
  /** In the words of who met it. */
  readonly reason: string;
}

/** As `OdooFailure` words it; jobs keep no more of a failure than its text. */
const KEY_REFUSED = /answered 40[13]\b/;
const DOWN = /cannot be reached|not answered within|answered 50[234]\b|was away \d+ times/;

/**
 * The newest evidence of the last run, the last page and the last connection check: a check may be old, and a pull that
 * has succeeded since overrules what it found, as a pull that failed since overrules that all was well.
 */
export function newestEvidence({ pull, check }: SystemView, last: LastPull | undefined): Evidence | undefined {
  const found = [
    ...(last === undefined ? [] : evidenceOfPull(last)),
    ...[pull.succeeded_at, pull.last_event_at].flatMap((at): Evidence[] =>
      at === null ? [] : [{ at, says: 'ok', reason: '' }],
    ),
    ...evidenceOfCheck(check),
  ];
  return found.reduce<Evidence | undefined>((newest, next) => {
    const isNewer = newest === undefined || next.at.getTime() > newest.at.getTime();
    return isNewer && !isPaleBeside(next, newest) ? next : newest;
  }, undefined);
}

/** That Odoo answers a check says nothing against a pull that fails for another reason than its key and its absence. */
function isPaleBeside(next: Evidence, newest: Evidence | undefined): boolean {
  return next.says === 'ok' && next.reason === OF_CHECK && newest?.says === 'fails';
}

const OF_CHECK = 'connection check';

function evidenceOfPull({ ended_at: at, outcome, reason }: LastPull): Evidence[] {
  const told = reason ?? '';
  if (outcome === 'done') return [{ at, says: 'ok', reason: '' }];
  if (outcome === 'stopped' || told === PULL_UNDER_WAY) return []; // it is another run that tells
  if (DOWN.test(told)) return [{ at, says: 'down', reason: told }];
  if (outcome === 'skipped') return [{ at, says: 'skipped', reason: told }];
  return [{ at, says: KEY_REFUSED.test(told) ? 'key_refused' : 'fails', reason: told }];
}

function evidenceOfCheck(check: SystemView['check']): Evidence[] {
  if (check === null) return [];
  const { checked_at: at, problems, state, key_accepted } = check;
  const reason = problems.join(' ');
  if (state === 'down') return [{ at, says: 'down', reason }];
  if (key_accepted === false) return [{ at, says: 'key_refused', reason }];
  return [{ at, says: 'ok', reason: OF_CHECK }];
}
