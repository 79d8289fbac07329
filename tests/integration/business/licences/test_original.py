"""
The original of a licence: OFD with the issuer's seal, and its PDF copy.
"""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.factories.seals import with_seal
from tests.integration.business.licences.conftest import (
    AT,
    COMPANY,
    DECIDER,
    ISSUER,
    ONLY_ONE,
    SEVERAL,
    TODAY,
    ZHANG,
    issue,
    load_types,
    type_row,
)
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.selectors import verify_file, wallet_of
from tongban.business.licences.services import (
    FaceInvalid,
    LicenceReceipt,
    load_licence_types,
    render_licence,
)
from tongban.business.licences.values import Verdict
from tongban.foundation import events
from tongban.foundation.actors import system_actor
from tongban.support.documents import services as documents
from tongban.support.documents.models import StoredFile
from tongban.support.seals import services as seals
from tongban.support.seals.models import SealUse
from tongban.support.seals.services import NoSealInUse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types")]


@pytest.fixture
def seal() -> None:
    with_seal(agency_code=ISSUER, agency_name="示例区行政审批局", at=AT)


def made(receipt: LicenceReceipt) -> tuple[bytes, bytes]:
    """
    Return original and copy of a licence.
    """
    render_licence(licence_id=receipt.id, at=AT)
    licence = Licence.objects.get(id=receipt.id)
    return opened(licence.original_id), opened(licence.file_id)


def opened(file_id: Any) -> bytes:
    with documents.open_file(file_id=file_id, actor=ZHANG, at=AT).content as reader:
        return reader.read()


def verdict_of(content: bytes) -> Verdict:
    return verify_file(content=io.BytesIO(content), on=TODAY).verdict


def rewritten(ofd: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """
    Return an OFD file with other words in one of its parts.
    """
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ofd)) as source, zipfile.ZipFile(output, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == part:
                assert old in content
                content = content.replace(old, new)
            target.writestr(entry.filename, content)
    return output.getvalue()


@pytest.mark.usefixtures("seal")
class TestOriginal:
    def test_and_copy_carry_valid_signatures(self) -> None:
        original, copy = made(issue())

        verdicts = [seals.verify_file(content=content, name="x", at=AT) for content in (original, copy)]

        assert [str(one.verdict.value) for one in verdicts] == ["valid", "valid"]
        assert [len(one.signatures) for one in verdicts] == [1, 1]
        assert [verdict_of(content) for content in (original, copy)] == [Verdict.VALID, Verdict.VALID]

    def test_says_what_the_standard_asks_for(self) -> None:
        receipt = issue(holder=COMPANY)

        facts = documents.read_ofd(made(receipt)[0]).facts

        expected = {
            "ZZMC": "演示许可证",
            "ZZLXDM": SEVERAL,
            "ZZBH": receipt.number,
            "ZZBS": receipt.identifier,
            "ZZBFJG": "示例区行政审批局",
            "ZZBFJGDM": ISSUER,
            "ZZBFRQ": "2026-11-21",
            "CZZT": "示例酒店有限公司",
            "CZZTDM": "91350100M000100Y43",
            "CZZTDMLX": "统一社会信用代码",
            "CZZTDMLXDM": "001",
            "ZZYXQQSRQ": "2026-11-21",
            "ZZYXQJZRQ": "2027-11-20",
            "KZ_venue": "示例大酒店",
        }
        assert {name: facts.metadata[name] for name in expected} == expected
        assert [attachment.name for attachment in facts.attachments] == ["照面数据"]

    def test_names_the_version_it_takes_the_place_of(self) -> None:
        first = issue(ONLY_ONE)
        second = issue(ONLY_ONE, case_number="C-2")

        metadata = documents.read_ofd(made(second)[0]).facts.metadata

        assert metadata["associatedZzeCertID"] == first.identifier

    def test_gives_no_identity_number_to_readers_of_the_copy(self) -> None:
        original, copy = made(issue())

        assert documents.read_ofd(original).facts.metadata["CZZTDM"] == "11010519491231002X"
        assert "11010519491231002X" not in documents.ofd_text(original)
        assert b"11010519491231002X" not in copy

    def test_is_called_by_its_identifier(self) -> None:
        receipt = issue()
        made(receipt)

        names = {file.media_type: file.name for file in StoredFile.objects.all()}

        assert names == {
            "application/ofd": f"{receipt.identifier}.ofd",
            "application/pdf": f"演示许可证_{receipt.number}.pdf",
        }

    def test_is_in_the_wallet_with_its_copy(self) -> None:
        receipt = issue()
        made(receipt)

        (summary,) = wallet_of(actor=ZHANG, on=TODAY)

        licence = Licence.objects.get(id=receipt.id)
        assert (summary.original_id, summary.file_id) == (licence.original_id, licence.file_id)
        assert summary.original_id is not None

    def test_leaves_two_uses_in_the_log_of_the_seal(self) -> None:
        made(issue())

        uses = SealUse.objects.order_by("id").values_list("case_number", "purpose", "actor_id")

        assert list(uses) == [("C-1", "LICENCE", "licences.render_licence")] * 2

    def test_is_told_from_one_that_was_changed(self) -> None:
        original, _copy = made(issue())

        changed = rewritten(original, "OFD.xml", "示例大酒店".encode(), "别家大酒店".encode())

        assert verdict_of(changed) is Verdict.CHANGED
        assert seals.verify_file(content=changed, name="x", at=AT).verdict.value == "changed"

    def test_is_told_from_one_whose_identifier_is_made_up(self) -> None:
        original, _copy = made(issue())

        assert verdict_of(original[: len(original) // 2]) is Verdict.UNKNOWN

    def test_is_drawn_as_its_type_was_designed_when_it_was_issued(self) -> None:
        load_licence_types(
            rows=[type_row(SEVERAL, template=face("甲样式 {venue}"))], actor=system_actor("tests"), at=AT
        )
        receipt = issue()
        load_licence_types(
            rows=[type_row(SEVERAL, template=face("乙样式 {venue}"))], actor=system_actor("tests"), at=AT
        )

        original, _copy = made(receipt)

        assert "甲样式示例大酒店" in "".join(documents.ofd_text(original).split())


def face(text: str, **changes: Any) -> dict[str, Any]:
    box = {
        "kind": "text", "x": 20, "y": 20, "width": 100, "height": 20, "text": text,
        "font": {"size": 5, "least_size": 4},
    }  # fmt: skip
    seal_box = {"kind": "seal", "x": 20, "y": 50, "width": 42, "height": 42}
    return {"pages": [{"boxes": [box | changes, seal_box]}]}


class TestWithoutASeal:
    def test_is_neither_made_nor_kept_and_is_made_once_there_is_one(self) -> None:
        receipt = issue()

        with pytest.raises(NoSealInUse):
            render_licence(licence_id=receipt.id, at=AT)

        assert not StoredFile.objects.exists()
        assert not SealUse.objects.exists()
        assert not LicenceEvent.objects.filter(kind="RENDERED").exists()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        with_seal(agency_code=ISSUER, agency_name="示例区行政审批局", at=AT)
        events.deliver_all(at=AT)
        events.deliver_all(at=AT)
        assert {job["licence_id"] for job in waiting_jobs()} == {str(receipt.id)}
        assert verdict_of(made(receipt)[0]) is Verdict.VALID

    def test_leaves_alone_what_another_agency_has_issued(self) -> None:
        issue()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")

        with_seal(agency_code="11511602MB12345601", agency_name="另一个局", at=AT)
        events.deliver_all(at=AT)

        assert waiting_jobs() == []


def waiting_jobs() -> list[dict[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'licences.render_licence'")
        return [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]


class TestFittingFaces:
    def test_refuses_what_could_never_have_a_document(self) -> None:
        rows = [type_row(SEVERAL, template=face("{venue}", width=20, height=6))]
        load_licence_types(rows=rows, actor=system_actor("tests"), at=AT)

        with pytest.raises(FaceInvalid) as refusal:
            issue(face={"venue_name": "示例" * 100})

        assert list(refusal.value.fields) == ["face"]
        assert not Licence.objects.exists()

    def test_lets_a_name_wait_for_its_font(self) -> None:
        load_types()

        assert issue(face={"venue_name": "\U0002ceb0"}, at=AT + timedelta(days=1), actor=DECIDER).version == 1
