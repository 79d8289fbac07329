"""
A library of before the directory had versions, brought up to today with its rows.
"""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.integration.business.licences.conftest import SEVERAL, TODAY
from tongban.business.licences import selectors
from tongban.business.licences.models import Licence, LicenceType, LicenceTypeVersion
from tongban.business.licences.rules import holder_index
from tongban.business.licences.values import Verdict

pytestmark = pytest.mark.django_db

OLD = ("licences", "0002_licence_without_file")
AT = datetime(2026, 11, 20, tzinfo=UTC)
ID = UUID(int=7)


def migrate(*targets: tuple[str, str]) -> MigrationExecutor:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    with connection.cursor() as cursor:
        # Tables are changed again in the same transaction: nothing may wait for its end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return MigrationExecutor(connection)


def put_in_what_there_was() -> None:
    executor = migrate(OLD)
    then = executor.loader.project_state([OLD]).apps
    then.get_model("licences", "LicenceType").objects.create(
        code=SEVERAL,
        name="演示许可证",
        defining_body_code=SEVERAL[:18],
        defining_body_name="示例局",
        holder_kinds=["LEGAL"],
        face=[{"key": "holder_name", "label": "持证主体", "source": "holder.name"}],
        validity_months=12,
        allows_several=False,
        version=3,
        loaded_at=AT,
    )
    then.get_model("licences", "Licence").objects.create(
        id=ID,
        root_id=ID,
        identifier="old",
        number="N-1",
        serial="20260000001",
        version=1,
        type_code=SEVERAL,
        type_name="演示许可证",
        is_only=True,
        issuer_code=SEVERAL[:18],
        issuer_name="示例局",
        division_code="511602000000",
        holder_kind="LEGAL",
        holder_name="示例公司",
        holder_code="91350100M000100Y43",
        holder_code_type="001",
        holder_index=bytes(16),
        face=[{"key": "holder_name", "label": "持证主体", "label_en": "", "value": "示例公司"}],
        face_digest="0" * 64,
        issued_at=AT,
        valid_from=date(2026, 11, 20),
        case_number="C-1",
        token="token",
        file_id=UUID(int=8),
        file_digest="1" * 64,
    )


class TestUpgrade:
    def test_keeps_types_and_licences_and_gives_them_what_is_new(self) -> None:
        put_in_what_there_was()

        migrate()

        kind, version = LicenceType.objects.get(), LicenceTypeVersion.objects.get()
        licence = Licence.objects.get()
        assert (kind.state, kind.version, version.version, version.state) == ("IN_USE", 3, 3, "PUBLISHED")
        assert version.definition["validity"] == {"kind": "MONTHS", "months": 12}
        assert version.definition["allows_several"] is False
        assert (licence.holder_name, licence.type_version, licence.grade) == ("示例公司", 3, "A")
        assert (licence.file_id, licence.original_id, licence.check_due_date) == (UUID(int=8), None, None)
        assert licence.holder_index == holder_index("91350100M000100Y43")
        assert selectors.verify_by_number(number="N-1", on=TODAY).verdict is Verdict.VALID
