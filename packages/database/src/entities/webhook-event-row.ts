import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A recorded event. The column types are those of the migrations; bigint and times come as `pg` gives them. */
@Entity('webhook_events')
export class WebhookEventRow {
  @PrimaryColumn('bigint')
  readonly id!: string;

  @Column('text')
  readonly system!: string;

  @Column('text')
  readonly model!: string;

  @Column('integer')
  readonly record_id!: number;

  @Column('text')
  readonly operation!: string;

  @Column('timestamptz')
  readonly occurred_at!: Date;

  @Column('timestamptz')
  readonly received_at!: Date;

  @Column('text')
  readonly priority!: string;

  @Column('text', { nullable: true })
  readonly category!: string | null;

  @Column('integer', { nullable: true })
  readonly user_id!: number | null;

  @Column('text', { nullable: true })
  readonly user_name!: string | null;

  @Column('jsonb', { nullable: true })
  readonly changed_fields!: string[] | null;

  @Column('jsonb')
  readonly data!: Record<string, unknown>;

  @Column('text', { nullable: true })
  readonly push_id!: string | null;

  @Column('bigint', { nullable: true })
  readonly pull_id!: string | null;

  @Column('timestamptz', { nullable: true })
  readonly pushed_at!: Date | null;

  @Column('timestamptz', { nullable: true })
  readonly pulled_at!: Date | null;

  @Column('boolean')
  readonly is_test!: boolean;

  @Column('text')
  readonly correlation_id!: string;
}
