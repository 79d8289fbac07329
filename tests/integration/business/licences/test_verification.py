import io
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pikepdf
import pypdf
import pytest
from django.db import connection

from tests.integration.business.licences.conftest import (
    AT,
    COMPANY,
    DECIDER,
    ISSUER,
    ONLY_ONE,
    TODAY,
    ZHANG,
    holder,
    issue,
)
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.selectors import (
    FileTooLarge,
    verify_by_identifier,
    verify_by_number,
    verify_by_token,
    verify_file,
)
from tongban.business.licences.services import (
    LicenceReceipt,
    NameNotPrintable,
    amend_licence,
    cancel_licence,
    queue_missing_documents,
    render_licence,
    resume_licence,
    revoke_licence,
    suspend_licence,
)
from tongban.business.licences.values import Verdict, Verification, VerifiedFacts
from tongban.foundation.canonical import sm3_hex
from tongban.support.documents.models import StoredFile
from tongban.support.documents.services import open_file
from tongban.support.seals.models import SealUse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types", "seal")]
NO_LICENCE = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


def file_of(receipt: LicenceReceipt) -> bytes:
    render_licence(licence_id=receipt.id, at=AT)
    licence = Licence.objects.get(id=receipt.id)
    assert licence.file_id is not None
    with open_file(file_id=licence.file_id, actor=ZHANG, at=AT).content as reader:
        return reader.read()


def checked(content: bytes, *, on: date = TODAY) -> Verification:
    return verify_file(content=io.BytesIO(content), on=on)


def suspend(receipt: LicenceReceipt) -> None:
    suspend_licence(identifier=receipt.identifier, reason="核查", legal_basis="x", actor=DECIDER, at=AT)


def suspend_and_resume(receipt: LicenceReceipt) -> None:
    suspend(receipt)
    resume_licence(identifier=receipt.identifier, reason="核查完毕", legal_basis="x", actor=DECIDER, at=AT)


def revoke(receipt: LicenceReceipt) -> None:
    revoke_licence(
        identifier=receipt.identifier, reason="以欺骗手段取得", legal_basis="x", actor=DECIDER, at=AT
    )


def cancel(receipt: LicenceReceipt) -> None:
    cancel_licence(identifier=receipt.identifier, reason="歇业", legal_basis="x", actor=DECIDER, at=AT)


def replace(receipt: LicenceReceipt) -> None:
    amend_licence(
        identifier=receipt.identifier,
        face={"venue": "新"},
        case_number="C-9",
        reason="换店名",
        legal_basis="x",
        actor=DECIDER,
        at=AT,
    )


def nothing(_receipt: LicenceReceipt) -> None:
    return


class TestVerdicts:
    @pytest.mark.parametrize(
        ("happened", "days_later", "verdict"),
        [
            (nothing, 0, Verdict.VALID),
            (nothing, 364, Verdict.VALID),
            (nothing, 365, Verdict.EXPIRED),
            (suspend, 0, Verdict.SUSPENDED),
            (suspend, 365, Verdict.EXPIRED),
            (suspend_and_resume, 0, Verdict.VALID),
            (revoke, 0, Verdict.REVOKED),
            (revoke, 365, Verdict.REVOKED),
            (cancel, 0, Verdict.CANCELED),
            (replace, 0, Verdict.REPLACED),
        ],
    )
    def test_are_the_same_by_identifier_qr_code_and_file(
        self, happened: Callable[[LicenceReceipt], None], days_later: int, verdict: Verdict
    ) -> None:
        receipt = issue(issuer_name="示例区行政审批局")
        content = file_of(receipt)
        happened(receipt)
        on = TODAY + timedelta(days=days_later)

        token = Licence.objects.get(id=receipt.id).token
        answers = [
            verify_by_identifier(identifier=receipt.identifier, on=on),
            verify_by_token(token=token, on=on),
            checked(content, on=on),
        ]

        assert [answer.verdict for answer in answers] == [verdict] * 3
        assert answers[0] == answers[1] == answers[2]

    def test_answer_by_printed_number_for_the_newest_version(self) -> None:
        receipt = issue()
        replace(receipt)

        answer = verify_by_number(number=f" {receipt.number} ", on=TODAY)

        assert answer.verdict is Verdict.VALID
        assert answer.facts is not None
        assert answer.facts.version == 2

    def test_tell_masked_facts_of_a_person_and_no_more(self) -> None:
        receipt = issue()

        answer = verify_by_number(number=receipt.identifier, on=TODAY)

        assert answer.facts == VerifiedFacts(
            type_name="演示许可证",
            type_name_en="Demo permit",
            identifier=receipt.identifier,
            number=receipt.number,
            holder_name="张*三",
            issuer_code=ISSUER,
            issuer_name="示例区行政审批局",
            issued_date=date(2026, 11, 21),
            valid_from=date(2026, 11, 21),
            last_valid_date=date(2027, 11, 20),
            version=1,
        )
        assert answer.is_demonstration is True

    def test_tell_the_name_of_an_organization(self) -> None:
        receipt = issue(holder=COMPANY)

        answer = verify_by_identifier(identifier=receipt.identifier, on=TODAY)

        assert answer.facts is not None
        assert answer.facts.holder_name == "示例酒店有限公司"


class TestUnknown:
    @pytest.mark.parametrize(
        "identifier", ["", "x", NO_LICENCE, NO_LICENCE[:-1] + "V", "\0", "1" * 100_000, "' OR 1=1 --"]
    )
    def test_is_the_answer_to_what_we_did_not_issue_at_the_same_cost(
        self, identifier: str, django_assert_num_queries: Any
    ) -> None:
        issue()

        for ask in (
            verify_by_identifier,
            lambda *, identifier, on: verify_by_number(number=identifier, on=on),
        ):
            with django_assert_num_queries(1):
                answer = ask(identifier=identifier, on=TODAY)
            assert answer == Verification(verdict=Verdict.UNKNOWN, facts=None)

    @pytest.mark.parametrize("token", ["", "x", "a" * 24, "a" * 10_000, "a\0", "../../x", "密"])
    def test_is_the_answer_to_a_token_we_did_not_print(
        self, token: str, django_assert_num_queries: Any
    ) -> None:
        issue()

        with django_assert_num_queries(1):
            answer = verify_by_token(token=token, on=TODAY)

        assert answer.verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize("content", [b"", b"x", b"%PDF-1.7", NO_LICENCE.encode(), b"\0" * 5_000_000])
    def test_is_the_answer_to_a_file_we_did_not_seal(self, content: bytes) -> None:
        issue()

        assert checked(content) == Verification(verdict=Verdict.UNKNOWN, facts=None)


class TestVerifyFile:
    def test_finds_one_changed_byte(self) -> None:
        content = bytearray(file_of(issue()))
        content[len(content) // 2] ^= 1

        answer = checked(bytes(content))

        assert answer.verdict is Verdict.CHANGED
        assert answer.facts is not None
        assert answer.facts.holder_name == "张*三"

    def test_finds_bytes_that_were_added(self) -> None:
        assert checked(file_of(issue()) + b"\n").verdict is Verdict.CHANGED

    def test_finds_a_file_that_was_written_anew(self) -> None:
        output = io.BytesIO()
        with pikepdf.open(io.BytesIO(file_of(issue()))) as document:
            document.save(output)

        assert checked(output.getvalue()).verdict is Verdict.CHANGED

    def test_does_not_believe_a_digest_that_was_never_sealed(self) -> None:
        receipt = issue()
        content = file_of(receipt)
        other = content + b"forged"
        Licence.objects.filter(id=receipt.id).update(file_digest=sm3_hex(other))

        assert checked(other).verdict is Verdict.CHANGED

    def test_says_revoked_for_an_untouched_file_of_a_revoked_licence(self) -> None:
        receipt = issue()
        content = file_of(receipt)
        revoke(receipt)

        assert checked(content).verdict is Verdict.REVOKED

    def test_stops_reading_what_no_licence_can_be(self) -> None:
        class Endless:
            taken = 0

            def read(self, size: int = -1, /) -> bytes:
                self.taken += size
                return b"x" * size

        sender = Endless()

        with pytest.raises(FileTooLarge):
            verify_file(content=sender, on=TODAY)

        assert sender.taken <= 21 * 1024 * 1024


class TestRenderLicence:
    def test_makes_one_page_with_number_identifier_and_the_word_demonstration(self) -> None:
        receipt = issue()

        reader = pypdf.PdfReader(io.BytesIO(file_of(receipt)))

        text = "".join("".join(page.extract_text() for page in reader.pages).split())
        assert len(reader.pages) == 1
        for words in (
            receipt.number,
            receipt.identifier,
            "演示用，不具法律效力",
            "张小三",
            "示例大酒店",
            "演示许可证",
        ):
            assert words in text
        assert "2026年11月21日至2027年11月20日" in text
        assert "11010519491231002X" not in text

    def test_does_it_once(self) -> None:
        receipt = issue()

        for _ in range(3):
            render_licence(licence_id=receipt.id, at=AT)

        assert StoredFile.objects.count() == 2
        assert SealUse.objects.count() == 2
        assert LicenceEvent.objects.filter(kind="RENDERED").count() == 1

    def test_fits_any_face_on_one_page(self) -> None:
        receipt = issue(
            ONLY_ONE, holder=holder(name="某" * 120), face={"venue_name": "店" * 400, "home": "x" * 400}
        )

        assert len(pypdf.PdfReader(io.BytesIO(file_of(receipt))).pages) == 1

    def test_refuses_to_misspell_a_name(self) -> None:
        receipt = issue(holder=holder(name="张\U0002ceb0"))

        with pytest.raises(NameNotPrintable) as refusal:
            render_licence(licence_id=receipt.id, at=AT)

        assert refusal.value.facts == {"characters": "\U0002ceb0"}
        assert not StoredFile.objects.exists()

    def test_is_queued_again_where_the_job_gave_up(self) -> None:
        receipt = issue()
        issue(case_number="C-2", at=AT + timedelta(hours=2))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")

        queued = [queue_missing_documents(at=AT + timedelta(hours=2)) for _ in range(2)]

        with connection.cursor() as cursor:
            cursor.execute("SELECT args->>'licence_id' FROM procrastinate_jobs WHERE status = 'todo'")
            waiting = cursor.fetchall()
        assert queued == [1, 1]
        assert waiting == [(str(receipt.id),)]

    def test_does_not_find_a_licence_that_is_none(self) -> None:
        with pytest.raises(LicenceNotFound):
            render_licence(licence_id=uuid.uuid4(), at=AT)
