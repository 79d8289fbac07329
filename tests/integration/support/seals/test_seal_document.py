from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from tongban.foundation.actors import system_actor
from tongban.foundation.canonical import sm3_hex
from tongban.support.seals.models import SealUse
from tongban.support.seals.selectors import is_sealed_here
from tongban.support.seals.services import seal_document, seal_picture
from tongban.support.seals.values import SealedDocument, SealPurpose

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def sealed(document: bytes = b"%PDF-1.7 notice") -> SealedDocument:
    return seal_document(
        document=document,
        agency_code="11510100MB1500000X",
        agency_name="示例区民政局",
        purpose=SealPurpose.NOTICE,
        case_number="C-1",
        actor=system_actor("casework.render_notice"),
        at=AT,
    )


class TestSealDocument:
    def test_says_that_the_seal_is_a_demonstration_and_keeps_the_document(self) -> None:
        result = sealed()

        assert result.is_demonstration is True
        assert result.content == b"%PDF-1.7 notice"
        assert result.digest == sm3_hex(b"%PDF-1.7 notice")

    def test_logs_who_sealed_what_for_which_case(self) -> None:
        sealed()

        use = SealUse.objects.get()
        assert (use.seal_id, use.case_number, use.purpose) == ("DEMO-11510100MB1500000X", "C-1", "NOTICE")
        assert (use.actor_id, use.sealed_at) == ("casework.render_notice", AT)
        assert len(bytes(use.proof)) == 32

    def test_keeps_a_log_that_cannot_be_changed(self) -> None:
        sealed()

        for statement in ("UPDATE seals_sealuse SET case_number = ''", "DELETE FROM seals_sealuse"):
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

        assert SealUse.objects.get().case_number == "C-1"


class TestIsSealedHere:
    def test_knows_a_sealed_file_and_no_other(self) -> None:
        result = sealed()

        assert is_sealed_here(digest=result.digest) is True
        assert is_sealed_here(digest=sm3_hex(b"%PDF-1.7 noticE")) is False

    def test_does_not_believe_a_row_whose_proof_is_wrong(self) -> None:
        digest = sm3_hex(b"forged")
        SealUse.objects.create(
            seal_id="DEMO-1", digest=digest, proof=b"x" * 32, is_demonstration=True, sealed_at=AT
        )

        assert is_sealed_here(digest=digest) is False


class TestSealPicture:
    def test_is_the_picture_of_the_agency(self) -> None:
        assert "演示专用章" in seal_picture(agency_name="示例区民政局").decode()
