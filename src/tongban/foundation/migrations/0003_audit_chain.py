"""
The audit trail says from which session and address, and whether it succeeded; its rows are chained in blocks.

`tx` is the transaction that wrote a row. A transaction that is over wrote all its rows, so blocks are cut between
transactions and no row that was still being written is passed over (ADR-0053).
"""

from django.db import migrations, models

from tongban.foundation.partitions import CREATE_FUNCTION

COLUMNS = """
ALTER TABLE foundation_audit
    ADD COLUMN session_id varchar(64) NOT NULL DEFAULT '',
    ADD COLUMN address varchar(45) NOT NULL DEFAULT '',
    ADD COLUMN outcome varchar(8) NOT NULL DEFAULT 'SUCCESS',
    ADD COLUMN tx bigint NOT NULL DEFAULT (0 + pg_current_xact_id()::text::bigint);
CREATE INDEX foundation_audit_tx ON foundation_audit (tx);
CREATE INDEX foundation_audit_action ON foundation_audit (action, id);
"""

BLOCKS = """
CREATE TABLE foundation_audit_block (
    number bigint PRIMARY KEY CHECK (number > 0),
    made_at timestamptz NOT NULL,
    from_tx bigint NOT NULL,
    to_tx bigint NOT NULL CHECK (to_tx >= from_tx),
    tx_offset bigint NOT NULL,
    row_count integer NOT NULL,
    row_total bigint NOT NULL,
    row_digests bytea NOT NULL,
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    mac bytea NOT NULL
);
ALTER TABLE foundation_audit_block ALTER COLUMN row_digests SET STORAGE EXTERNAL;
CREATE TRIGGER foundation_audit_block_append_only BEFORE UPDATE OR DELETE ON foundation_audit_block
    FOR EACH ROW EXECUTE FUNCTION tongban_refuse_change();

CREATE TABLE foundation_audit_archive (
    month varchar(6) NOT NULL CHECK (month ~ '^\\d{6}$'),
    step varchar(8) NOT NULL CHECK (step IN ('EXPORTED', 'DROPPED')),
    at timestamptz NOT NULL,
    row_count bigint NOT NULL,
    file_name varchar(128) NOT NULL,
    file_digest bytea NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (month, step)
);
CREATE TRIGGER foundation_audit_archive_append_only BEFORE UPDATE OR DELETE ON foundation_audit_archive
    FOR EACH ROW EXECUTE FUNCTION tongban_refuse_change();
"""

# Row triggers of a partitioned table reach its partitions, statement triggers do not.
NO_TRUNCATE = """
DO $$
DECLARE
    one regclass;
BEGIN
    FOR one IN
        SELECT relid FROM pg_partition_tree('foundation_audit')
        UNION ALL SELECT unnest(ARRAY['foundation_audit_block', 'foundation_audit_archive']::regclass[])
    LOOP
        EXECUTE format('CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %s
            FOR EACH STATEMENT EXECUTE FUNCTION tongban_refuse_change()', one);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0002_queue_is_polled")]

    operations = [
        migrations.RunSQL(CREATE_FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(
            COLUMNS,
            "ALTER TABLE foundation_audit DROP COLUMN session_id, DROP COLUMN address, DROP COLUMN outcome,"
            " DROP COLUMN tx; DROP INDEX foundation_audit_action",
        ),
        migrations.RunSQL(BLOCKS, "DROP TABLE foundation_audit_archive; DROP TABLE foundation_audit_block"),
        migrations.RunSQL(NO_TRUNCATE, "DROP TRIGGER IF EXISTS audit_no_truncate ON foundation_audit"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    "AuditEntry", "session_id", models.CharField("会话", max_length=64, blank=True)
                ),
                migrations.AddField(
                    "AuditEntry", "address", models.CharField("来源地址", max_length=45, blank=True)
                ),
                migrations.AddField("AuditEntry", "outcome", models.CharField("结果", max_length=8)),
                migrations.AddField("AuditEntry", "tx", models.BigIntegerField("事务")),
            ]
        ),
    ]
