import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Something that could not be recorded, why, and what became of it. */
@Entity('dead_letters')
export class DeadLetterRow {
  @PrimaryColumn('bigint')
  readonly id!: string;

  @Column('text')
  readonly system!: string;

  @Column('text')
  readonly origin!: 'push' | 'pull';

  @Column('text', { nullable: true })
  readonly origin_id!: string | null;

  /** What `raw` is: a normalised event, an item or a row as Odoo sent it, or part of a job that nobody could read. */
  @Column('text')
  readonly kind!: 'event' | 'item' | 'row' | 'job';

  /** The body as text, redacted; jsonb would refuse some of them. Only read when it is asked for. */
  @Column('text', { select: false })
  readonly raw!: string;

  @Column('text')
  readonly reason!: string;

  @Column('text')
  readonly error!: string;

  @Column('text', { nullable: true })
  readonly model!: string | null;

  @Column('integer', { nullable: true })
  readonly record_id!: number | null;

  @Column('text')
  readonly correlation_id!: string;

  @Column('text', { nullable: true })
  readonly key_id!: string | null;

  @Column('integer')
  readonly attempts!: number;

  @Column('text')
  readonly status!: 'open' | 'replayed' | 'discarded';

  @Column('timestamptz')
  readonly first_failed_at!: Date;

  @Column('timestamptz')
  readonly last_failed_at!: Date;

  /** The event that a replay has recorded. */
  @Column('bigint', { nullable: true })
  readonly event_id!: string | null;

  /** When it was replayed or discarded. */
  @Column('timestamptz', { nullable: true })
  readonly closed_at!: Date | null;
}
