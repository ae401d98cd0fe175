import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { assertHarmless } from './bounds';
import { Condition, compileCondition, conditionProblem } from './condition';
import { isRecord, JsonRecord } from './json';
import { invalid, parse } from './parse';
import { OPERATIONS, Operation, PRIORITIES, Priority } from './webhook-event';

/** What is sent: the event as every API shows it, or with no more of its data than the fields that have changed. */
export const BODIES = ['recorded', 'changed'] as const;
export type Body = (typeof BODIES)[number];

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const NAME_RULE = { message: 'must be lower-case letters, digits, _ or -, at most 63, beginning with a letter' };
const MODEL = /^[a-z0-9_.]{1,128}$/;
const SYSTEM = /^[a-z][a-z0-9_-]{0,62}$/;

/** As Standard Webhooks has them: 24 to 64 bytes in base64 behind the prefix, of a length that base64 can have. */
const SECRET =
  /^whsec_(?=[A-Za-z0-9+/]{32,86}={0,2}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Whether messages can be signed with it. */
export function isSigningSecret(value: unknown): boolean {
  return typeof value === 'string' && SECRET.test(value);
}

/** As many as a rotation needs, and a few to spare. */
export const MAX_SECRETS = 5;

function List(items: (each: { each: true; message: string }) => PropertyDecorator, message: string): PropertyDecorator {
  const rules = [IsArray({ message }), ArrayNotEmpty({ message }), ArrayMaxSize(100, { message })];
  return (target, property) => {
    for (const rule of [...rules, items({ each: true, message })]) rule(target, property);
  };
}

/** `null` is a value, and none that is allowed: taken for a filter, it would quietly mean everything, or nothing. */
const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** Which events a subscription is sent: those for which all that is given holds. */
export class SubscriptionFilter {
  @IfGiven()
  @List((each) => Matches(SYSTEM, each), 'must be a list of ids of systems')
  readonly systems?: readonly string[];

  @IfGiven()
  @List((each) => Matches(MODEL, each), 'must be a list of models, as ["sale.order"]')
  readonly models?: readonly string[];

  @IfGiven()
  @List((each) => IsIn(OPERATIONS, each), `must be a list of ${OPERATIONS.join(', ')}`)
  readonly operations?: readonly Operation[];

  @IfGiven()
  @List((each) => IsIn(PRIORITIES, each), `must be a list of ${PRIORITIES.join(', ')}`)
  readonly priorities?: readonly Priority[];

  /** Of the event's data; goes round class-transformer. */
  readonly condition?: Condition;

  /** With Odoo's configuration tests. */
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  readonly tests?: boolean;
}

/** What is sent where, and how; as a file declares it or an operator asks for it. */
export class SubscriptionSpec {
  @IsString()
  @Matches(NAME, NAME_RULE)
  readonly name!: string;

  @IsReceiver()
  readonly url!: string;

  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => SubscriptionFilter)
  readonly filter: SubscriptionFilter = new SubscriptionFilter();

  @IsIn(BODIES, { message: `must be one of ${BODIES.join(', ')}` })
  readonly body: Body = 'recorded';

  /** One after the other for each record: what fails holds up what follows of its record, until it is delivered or given up. */
  @IsBoolean({ message: 'must be true or false' })
  readonly ordered: boolean = false;

  /** At most so many; null: as many as the receiver takes. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(600_000)
  readonly rate_per_minute: number | null = null;

  /** What it is signed with, each; `${NAME}` stands for an environment variable in a file. */
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(MAX_SECRETS, { message: `must be at most ${MAX_SECRETS}` })
  @Matches(SECRET, { each: true, message: 'must be whsec_ and 24 to 64 bytes in base64, each' })
  readonly secrets?: readonly string[];
}

const FIELDS = ['name', 'url', 'filter', 'body', 'ordered', 'rate_per_minute', 'secrets'] as const;
const FILTER_FIELDS = ['systems', 'models', 'operations', 'priorities', 'condition', 'tests'] as const;

/** A subscription from outside, checked; throws `REQUEST_INVALID` that names every field at fault. */
export function parseSubscription(input: unknown): SubscriptionSpec {
  if (!isRecord(input)) return parse(SubscriptionSpec, input, 'REQUEST_INVALID');
  assertHarmless(input);
  const given = isRecord(input['filter']) ? input['filter'] : {};
  const unknown = [...strangers(input, FIELDS), ...strangers(given, FILTER_FIELDS, 'filter.')];
  if (unknown.length > 0) throw invalid(unknown, 'REQUEST_INVALID');
  const { condition, ...filter } = given;
  const plain = isRecord(input['filter']) ? { filter: withoutObjects(filter) } : {};
  const spec = parse(SubscriptionSpec, { ...withoutObjects(input), ...plain }, 'REQUEST_INVALID');
  if (condition === undefined) return spec;
  const problem = conditionProblem(condition);
  if (problem !== null) throw invalid([{ field: 'filter.condition', message: problem }], 'REQUEST_INVALID');
  Object.assign(spec.filter, { condition });
  return spec;
}

/**
 * Every field is a scalar or a list of them; of anything else it is enough to know that it is none. class-transformer would walk it,
 * and fails without a name at a member called `constructor`.
 */
function withoutObjects(fields: JsonRecord): JsonRecord {
  const emptied = (value: unknown): unknown => (typeof value === 'object' && value !== null ? [] : value);
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(emptied) : emptied(value),
  ]);
  return Object.fromEntries(entries) as JsonRecord;
}

/** A misspelt filter must not send everything. */
function strangers(input: unknown, known: readonly string[], prefix = '') {
  const names = isRecord(input) ? Object.keys(input).filter((name) => !known.includes(name)) : [];
  const message = `is not known here; there are ${known.join(', ')}`;
  return names.map((name) => ({ field: `${prefix}${name.slice(0, 50)}`, message }));
}

/** What a filter looks at. */
export interface FilteredEvent {
  readonly system: string;
  readonly model: string;
  readonly operation: Operation;
  readonly priority: Priority;
  readonly is_test: boolean;
  readonly data: JsonRecord;
}

/** Whether an event is one that the filter wants. */
export function compileFilter(filter: SubscriptionFilter): (event: FilteredEvent) => boolean {
  const { systems, models, operations, priorities, condition, tests = false } = filter;
  const holds = condition === undefined ? () => true : compileCondition(condition);
  return ({ system, model, operation, priority, is_test, data }) =>
    (tests || !is_test) &&
    (systems?.includes(system) ?? true) &&
    (models?.includes(model) ?? true) &&
    (operations?.includes(operation) ?? true) &&
    (priorities?.includes(priority) ?? true) &&
    holds(data);
}

const MAX_URL = 2_000;
/** PostgreSQL keeps no NUL and no half a character; the rest would be left out of what is called. */
const URL_TEXT = /^[^\s\p{Cc}\p{Cs}]+$/u;

function IsReceiver(): PropertyDecorator {
  return ValidateBy({
    name: 'isReceiver',
    validator: {
      validate: isReceiver,
      defaultMessage: () => 'must be an https (or http) URL without user and fragment',
    },
  });
}

function isReceiver(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_URL || !URL_TEXT.test(value) || !URL.canParse(value))
    return false;
  const { protocol, username, password, hash } = new URL(value);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '' && hash === '';
}
