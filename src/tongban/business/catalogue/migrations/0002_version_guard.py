"""
Versions are immutable, and nodes number offerings that have no national code themselves.
"""

from django.db import migrations

GUARD = """
CREATE SEQUENCE catalogue_local_serial AS bigint MINVALUE 1 MAXVALUE 99999999999 NO CYCLE;

CREATE FUNCTION catalogue_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.offering_id, OLD.version, OLD.elements, OLD.digest, OLD.effective_from, OLD.published_at, OLD.batch)
            IS DISTINCT FROM
           (NEW.offering_id, NEW.version, NEW.elements, NEW.digest, NEW.effective_from, NEW.published_at, NEW.batch)
    THEN
        RAISE EXCEPTION 'a published version of an offering never changes (offering %, version %)',
            OLD.offering_id, OLD.version USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER catalogue_version_guard BEFORE UPDATE OR DELETE ON catalogue_offeringversion
    FOR EACH ROW EXECUTE FUNCTION catalogue_version_guard();
"""
UNGUARD = """
DROP TRIGGER catalogue_version_guard ON catalogue_offeringversion;
DROP FUNCTION catalogue_version_guard();
DROP SEQUENCE catalogue_local_serial;
"""


class Migration(migrations.Migration):
    """
    Guard of the versions, sequence of the node's own serials.
    """

    dependencies = [("catalogue", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
