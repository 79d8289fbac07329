"""
What was issued, published, trusted and told stays as it was: of some rows a few columns are set once, later.
"""

from django.db import migrations, models

GUARD = """
CREATE FUNCTION trust_refuse_change_but() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The arguments are columns that may be set later; once the first of them is, the row never changes again.
    IF TG_OP = 'DELETE'
        OR (OLD IS DISTINCT FROM NEW AND (
            to_jsonb(OLD) ->> TG_ARGV[0] IS NOT NULL
            OR to_jsonb(OLD) - TG_ARGV::text[] IS DISTINCT FROM to_jsonb(NEW) - TG_ARGV::text[]))
    THEN
        RAISE EXCEPTION '% is evidence and does not change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
SET_LATER = {
    "trust_issuedcertificate": ("revoked_at", "revoked_by", "reason"),
    "trust_authority": ("revoked_at", "reason"),
    "trust_trustanchor": ("withdrawn_at", "withdrawn_by"),
    "trust_signingkey": ("destroyed_at", "store"),
}
NEVER_CHANGED = ("trust_publishedlist", "trust_foreignlist", "trust_toldexpiry")


def guarded(table: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}",
        f"DROP TRIGGER {table}_append_only ON {table}",
    )


class Migration(migrations.Migration):
    """
    Guards of evidence, and who was told of the end of certificates.
    """

    dependencies = [("trust", "0002_list_addresses")]

    operations = [
        migrations.CreateModel(
            name="ToldExpiry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64, verbose_name="指纹(SM3)")),
                ("days", models.PositiveSmallIntegerField(verbose_name="提前天数")),
                ("told_at", models.DateTimeField(verbose_name="提醒时间")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("fingerprint", "days"), name="expiry_is_told_once")
                ],
            },
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION trust_refuse_change_but()"),
        *(
            guarded(table, f"trust_refuse_change_but({', '.join(map(repr, columns))})")
            for table, columns in SET_LATER.items()
        ),
        *(guarded(table, "tongban_refuse_change()") for table in NEVER_CHANGED),
    ]
