"""
What types said until now becomes their version in force, and licences say by which version they were issued.
"""

import hashlib
import json
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CONDITION = "经持证主体授权，或者法律、行政法规规定可以共享的情形"

GUARD = """
CREATE FUNCTION licences_type_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.version IS NOT NULL AND (
            (OLD.type_id, OLD.version, OLD.definition, OLD.digest, OLD.published_at, OLD.compiled_by, OLD.based_on)
                IS DISTINCT FROM
            (NEW.type_id, NEW.version, NEW.definition, NEW.digest, NEW.published_at, NEW.compiled_by, NEW.based_on)
            OR (OLD.ended_at IS NOT NULL AND OLD.ended_at IS DISTINCT FROM NEW.ended_at)
            OR (OLD.state = 'REPLACED' AND NEW.state <> 'REPLACED')))
    THEN
        RAISE EXCEPTION 'a published version of a licence type never changes (type %, version %)',
            OLD.type_id, OLD.version USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER licences_type_version_guard BEFORE UPDATE OR DELETE ON licences_licencetypeversion
    FOR EACH ROW EXECUTE FUNCTION licences_type_version_guard();

CREATE TRIGGER licences_licencetypeevent_append_only BEFORE UPDATE OR DELETE ON licences_licencetypeevent
    FOR EACH ROW EXECUTE FUNCTION tongban_refuse_change();
"""
UNGUARD = """
DROP TRIGGER licences_licencetypeevent_append_only ON licences_licencetypeevent;
DROP TRIGGER licences_type_version_guard ON licences_licencetypeversion;
DROP FUNCTION licences_type_version_guard();
"""
ISSUED_BY = """
UPDATE licences_licence SET type_version = COALESCE(
    (SELECT version FROM licences_licencetype WHERE code = type_code), 1)
"""


def keep_versions(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """
    Give every type the version that it is at.
    """
    versions = apps.get_model("licences", "LicenceTypeVersion")
    for kind in apps.get_model("licences", "LicenceType").objects.all():
        definition = _definition(kind)
        text = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        versions.objects.create(
            type=kind,
            version=kind.version,
            state="PUBLISHED",
            definition=definition,
            digest=hashlib.new("sm3", text.encode()).hexdigest(),
            based_on=kind.version - 1,
            created_at=kind.changed_at,
            published_at=kind.changed_at,
        )
        kind.state = "IN_USE"
        kind.save(update_fields=["state"])


def _definition(kind: Any) -> dict[str, Any]:
    months = kind.validity_months
    validity = {"kind": "LONG_TERM"} if months is None else {"kind": "MONTHS", "months": months}
    return {
        "name": kind.name,
        "name_en": kind.name_en,
        "defining_body_code": kind.defining_body_code,
        "defining_body_name": kind.defining_body_name,
        "holder_kinds": kind.holder_kinds,
        "fields": kind.face,
        "validity": validity,
        "validity_words": kind.validity,
        "validity_words_en": kind.validity_en,
        "allows_several": kind.allows_several,
        "sharing_condition": CONDITION,
        "note": kind.note,
        "note_en": kind.note_en,
    }


class Migration(migrations.Migration):
    """
    Rows of the directory, and the guards over them.
    """

    dependencies = [("licences", "0003_directory")]

    operations = [
        migrations.RunPython(keep_versions, migrations.RunPython.noop),
        migrations.RunSQL(ISSUED_BY, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
