"""
Sealing documents: what comes out verifies, what is used is written down, and nobody seals who may not.
"""

import io
import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError, connection, connections, transaction

from tests.factories.identity import staff
from tests.factories.ofd import plain_ofd
from tests.factories.seals import (
    AGENCY,
    AT,
    DIVISION,
    NODE,
    applied,
    end_of,
    fresh,
    issued,
    people,
    standing,
    with_seal,
)
from tongban.config.env import SecondFactorRule
from tongban.foundation import crypto
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.support.documents.values import SealPlace
from tongban.support.identity.services import SecondFactorNotFresh
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealUse
from tongban.support.seals.selectors import is_sealed_here, uses_of_seal
from tongban.support.seals.values import (
    METHOD_DEMONSTRATION,
    METHOD_OFD,
    METHOD_PDF,
    AuthorisationKind,
    FileVerdictKind,
    Limits,
    SealedDocument,
    SealPurpose,
)

pytestmark = pytest.mark.django_db


def plain_pdf() -> bytes:
    output = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(output)
    return output.getvalue()


def sealed(
    document: bytes | None = None, *, actor: Actor = NODE, at: object = AT, **more: object
) -> SealedDocument:
    arguments: dict[str, object] = {
        "document": plain_pdf() if document is None else document,
        "agency_code": AGENCY,
        "purpose": SealPurpose.NOTICE,
        "case_number": "C-1",
        "actor": actor,
        "at": at,
    }
    return services.seal_document(**(arguments | more))  # type: ignore[arg-type]


class TestSealPdf:
    def test_signs_and_keeps_what_was_there(self) -> None:
        with_seal()
        document = plain_pdf()

        result = sealed(document)

        assert result.content.startswith(document)
        assert (result.method, result.digest) == (METHOD_PDF, sm3_hex(result.content))
        assert (
            services.verify_file(content=result.content, name="a.pdf", at=AT).verdict is FileVerdictKind.VALID
        )

    def test_shows_the_seal_where_it_is_asked_to(self) -> None:
        with_seal()

        result = sealed(places=(SealPlace(name="issuer", page=0, x=120, y=200, width=42, height=42),))

        with pikepdf.open(io.BytesIO(result.content)) as document:
            (field,) = document.pages[0].Annots
            rectangle = [float(side) for side in field.Rect]
        assert rectangle == [340, 156, 459, 275]

    def test_refuses_a_page_that_is_not_there(self) -> None:
        with_seal()

        with pytest.raises(InvalidInput):
            sealed(places=(SealPlace(name="issuer", page=1, x=1, y=1, width=42, height=42),))
        assert SealUse.objects.count() == 0

    @pytest.mark.parametrize("document", [b"%PDF-1.7 nothing", b"PK\x03\x04 nothing", b"text"])
    def test_refuses_what_it_cannot_sign(self, document: bytes) -> None:
        with_seal()

        with pytest.raises(Exception, match=r".*") as refused:
            sealed(document)
        assert refused.value.code in ("invalid_input", "ofd_unreadable")  # type: ignore[attr-defined]
        assert SealUse.objects.count() == 0


class TestSealOfd:
    def test_signs_with_the_seal_and_a_time_stamp(self) -> None:
        seal = with_seal()

        result = sealed(plain_ofd())

        verdict = services.verify_file(content=result.content, name="a.ofd", at=AT)
        assert (result.method, result.seal_id) == (METHOD_OFD, seal.code)
        assert verdict.verdict is FileVerdictKind.VALID
        assert verdict.as_json()["signatures"] == [
            {
                "id": "s001",
                "integrity": "intact",
                "signature": "valid",
                "certificate": "trusted",
                "validity": "valid",
                "seal_state": "in_use",
                "signed_at": "2026-11-21T08:00:00+00:00",
                "signer": "示例区民政局",
                "seal_name": "示例区民政局",
            }
        ]
        assert verdict.uncovered == ()
        assert verdict.signatures[0].time.value == "stamped"

    def test_leaves_earlier_signatures_as_they_were(self) -> None:
        with_seal()
        first = sealed(plain_ofd())

        second = sealed(first.content, case_number="C-2")

        verdict = services.verify_file(content=second.content, name="a.ofd", at=AT)
        assert verdict.verdict is FileVerdictKind.VALID
        assert [signature.id for signature in verdict.signatures] == ["s001", "s002"]


class TestLog:
    def test_tells_who_sealed_what_for_which_case_by_which_authorisation(self) -> None:
        by = people()
        seal = issued(applied(by), by)
        given = standing(seal, by)

        result = sealed(offering_code="0101")

        use = SealUse.objects.get()
        assert (use.seal_id, use.seal_version, use.case_number, use.purpose) == (
            seal.code,
            1,
            "C-1",
            "NOTICE",
        )
        assert (use.actor_id, use.sealed_at, use.offering_code) == (NODE.id, AT, "0101")
        assert (use.digest, use.authorisation_id) == (result.digest, given)
        assert len(use.value_digest) == 64
        (line,) = uses_of_seal(seal_id=seal.id, actor=by.keeper).items
        assert (line.case_number, line.digest) == ("C-1", result.digest)

    def test_cannot_be_changed(self) -> None:
        with_seal()
        sealed()

        for statement in ("UPDATE seals_sealuse SET case_number = ''", "DELETE FROM seals_sealuse"):
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    def test_goes_with_the_transaction_that_is_undone(self) -> None:
        with_seal()

        with transaction.atomic():
            sealed()
            transaction.set_rollback(True)

        assert SealUse.objects.count() == 0


class TestIsSealedHere:
    def test_knows_a_sealed_file_and_no_other(self) -> None:
        with_seal()
        result = sealed()

        assert is_sealed_here(digest=result.digest) is True
        assert is_sealed_here(digest=sm3_hex(b"another")) is False

    def test_does_not_believe_a_row_whose_proof_is_wrong(self) -> None:
        digest = sm3_hex(b"forged")
        SealUse.objects.create(
            seal_id="1", digest=digest, proof=b"x" * 32, is_demonstration=True, sealed_at=AT
        )

        assert is_sealed_here(digest=digest) is False

    def test_still_knows_what_was_sealed_before_seals_were_cryptographic(self) -> None:
        digest = sm3_hex(b"%PDF-1.7 old")
        SealUse.objects.create(
            seal_id="DEMO-1",
            digest=digest,
            method=METHOD_DEMONSTRATION,
            proof=crypto.mac("seals.demonstration", f"DEMO-1\n{digest}".encode()),
            is_demonstration=True,
            sealed_at=AT,
        )

        assert is_sealed_here(digest=digest) is True


class TestWhichSeal:
    def test_there_is_none_of_an_agency_without(self) -> None:
        with pytest.raises(services.NoSealInUse):
            sealed()

    def test_there_is_none_before_it_is_handed_out(self) -> None:
        by = people()
        seal_id = applied(by)
        services.review_seal(seal_id=seal_id, actor=by.reviewer, at=AT)
        services.make_seal(seal_id=seal_id, actor=by.maker, at=AT)

        with pytest.raises(services.NoSealInUse):
            sealed()

    def test_there_is_none_after_its_term_though_nobody_has_marked_it(self) -> None:
        seal = with_seal()

        with pytest.raises(services.NoSealInUse):
            sealed(at=end_of(seal))
        assert Seal.objects.get(id=seal.id).state == "IN_USE"

    def test_one_can_be_named(self) -> None:
        seal = with_seal()

        assert sealed(seal_code=seal.code).seal_id == seal.code
        with pytest.raises(services.NoSealInUse):
            sealed(seal_code="9999999999999")

    @pytest.mark.parametrize("step", ["freeze_seal", "report_loss"])
    def test_there_is_none_from_the_moment_it_is_suspended(self, step: str) -> None:
        by = people()
        seal = issued(applied(by), by)
        standing(seal, by)
        sealed()

        getattr(services, step)(seal_id=seal.id, note="丢失", actor=by.keeper, at=AT)

        with pytest.raises(services.NoSealInUse):
            sealed()
        assert SealUse.objects.count() == 1


class TestStandingAuthorisation:
    def test_is_needed(self) -> None:
        by = people()
        issued(applied(by), by)

        with pytest.raises(services.SealNotAuthorised) as refused:
            sealed()
        assert refused.value.facts["reason"] == "NONE_GIVEN"

    def test_can_be_ended_at_once(self) -> None:
        by = people()
        given = standing(issued(applied(by), by), by)
        sealed()

        services.end_authorisation(authorisation_id=given, note="不再自动签发", actor=by.keeper, at=AT)

        with pytest.raises(services.SealNotAuthorised) as refused:
            sealed()
        assert refused.value.facts["reason"] == "ENDED"

    @pytest.mark.parametrize(
        ("limits", "reason"),
        [
            ({"purposes": frozenset({SealPurpose.LICENCE})}, "PURPOSE"),
            ({"offerings": ("0202",)}, "OFFERING"),
            ({"most_fen": 100}, "AMOUNT"),
            ({"from_hour": 17, "until_hour": 18}, "HOUR"),
        ],
    )
    def test_covers_no_more_than_it_says(self, limits: dict[str, object], reason: str) -> None:
        by = people()
        wanted = Limits(**({"purposes": frozenset({SealPurpose.NOTICE})} | limits))  # type: ignore[arg-type]
        standing(issued(applied(by), by), by, limits=wanted)

        with pytest.raises(services.SealNotAuthorised) as refused:
            sealed(offering_code="0101", amount_fen=101)
        assert refused.value.facts["reason"] == reason

    def test_counts_its_uses_by_day_and_in_all(self) -> None:
        by = people()
        limits = Limits(purposes=frozenset({SealPurpose.NOTICE}), uses_a_day=2, uses_in_all=3)
        standing(issued(applied(by), by), by, limits=limits)

        sealed()
        sealed()
        with pytest.raises(services.SealNotAuthorised) as today:
            sealed()
        sealed(at=AT + timedelta(days=1))
        with pytest.raises(services.SealNotAuthorised) as in_all:
            sealed(at=AT + timedelta(days=1))

        assert today.value.facts["reason"] == "USES_TODAY"
        assert in_all.value.facts["reason"] == "USES_IN_ALL"
        assert SealUse.objects.count() == 3

    def test_lets_no_person_seal(self) -> None:
        with_seal()
        clerk = fresh(staff(agency_code=AGENCY, division_code=DIVISION, at=AT))

        with pytest.raises(services.SealNotAuthorised):
            sealed(actor=clerk)


class TestPersonalAuthorisation:
    @pytest.fixture(autouse=True)
    def strict(self, settings: Any) -> None:
        settings.TONGBAN_IDENTITY = settings.TONGBAN_IDENTITY.model_copy(
            update={"staff_second_factor": SecondFactorRule.REQUIRED}
        )

    @pytest.fixture
    def clerk(self) -> Actor:
        return fresh(staff(agency_code=AGENCY, division_code=DIVISION, at=AT))

    @pytest.fixture
    def seal(self, clerk: Actor) -> Seal:
        by = people()
        seal = issued(applied(by), by)
        services.authorise(
            seal_id=seal.id,
            kind=AuthorisationKind.PERSONAL,
            limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
            valid_from=AT,
            valid_until=AT + timedelta(days=30),
            account_id=uuid.UUID(clerk.id),
            actor=by.keeper,
            at=AT,
        )
        return seal

    def test_lets_him_seal_who_has_just_shown_his_second_factor(self, seal: Seal, clerk: Actor) -> None:
        sealed(actor=clerk, purpose=SealPurpose.DOCUMENT)

        assert SealUse.objects.get().actor_id == clerk.id

    def test_asks_for_the_second_factor_again(self, seal: Seal, clerk: Actor) -> None:
        stale = replace(clerk, checked_at=AT - timedelta(minutes=11))

        with pytest.raises(SecondFactorNotFresh):
            sealed(actor=stale, purpose=SealPurpose.DOCUMENT)
        assert SealUse.objects.count() == 0

    def test_lets_no_colleague_seal(self, seal: Seal) -> None:
        colleague = fresh(staff(agency_code=AGENCY, division_code=DIVISION, at=AT))

        with pytest.raises(services.SealNotAuthorised):
            sealed(actor=colleague, purpose=SealPurpose.DOCUMENT)

    def test_lets_nobody_of_another_agency_seal(self, seal: Seal, clerk: Actor) -> None:
        with pytest.raises(NotPermitted):
            sealed(actor=replace(clerk, agency_code="11511602MB0000001A"), purpose=SealPurpose.DOCUMENT)

    def test_lets_nothing_be_sealed_automatically(self, seal: Seal) -> None:
        with pytest.raises(services.SealNotAuthorised):
            sealed(purpose=SealPurpose.DOCUMENT)

    def test_is_not_given_to_oneself_nor_to_strangers(self, seal: Seal) -> None:
        by = people()
        stranger = staff(agency_code="11511602MB0000001A", at=AT)

        for account in (by.keeper.id, stranger.id):
            with pytest.raises(InvalidInput) as refused:
                services.authorise(
                    seal_id=seal.id,
                    kind=AuthorisationKind.PERSONAL,
                    limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
                    valid_from=AT,
                    valid_until=AT + timedelta(days=30),
                    account_id=uuid.UUID(account),
                    actor=by.keeper,
                    at=AT,
                )
            assert set(refused.value.fields) == {"account_id"}

    def test_is_given_with_a_fresh_second_factor_only(self, seal: Seal, clerk: Actor) -> None:
        by = people()

        with pytest.raises(SecondFactorNotFresh):
            services.authorise(
                seal_id=seal.id,
                kind=AuthorisationKind.PERSONAL,
                limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
                valid_from=AT,
                valid_until=AT + timedelta(days=30),
                account_id=uuid.UUID(clerk.id),
                actor=replace(by.keeper, checked_at=None, checked_level=0),
                at=AT,
            )


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_a_loss_waits_for_the_signature_that_is_being_made_and_lets_no_other_begin(self) -> None:
        by = people()
        seal = issued(applied(by), by)
        standing(seal, by)
        lost, order = threading.Event(), []

        def report() -> None:
            services.report_loss(seal_id=seal.id, note="丢失", actor=by.keeper, at=AT)
            order.append("lost")
            lost.set()
            connections.close_all()

        reporter = threading.Thread(target=report)
        with transaction.atomic():
            sealed()
            reporter.start()
            was_lost_before = lost.wait(0.5)
            order.append("signed")
        reporter.join()

        assert was_lost_before is False
        assert order == ["signed", "lost"]
        with pytest.raises(services.NoSealInUse):
            sealed()
        assert SealUse.objects.count() == 1

    def test_a_signature_that_waits_for_a_loss_is_refused(self) -> None:
        by = people()
        seal = issued(applied(by), by)
        standing(seal, by)
        outcome: list[str] = []

        def sign() -> None:
            try:
                sealed()
                outcome.append("sealed")
            except services.NoSealInUse:
                outcome.append("refused")
            connections.close_all()

        signer = threading.Thread(target=sign)
        with transaction.atomic():
            services.report_loss(seal_id=seal.id, note="丢失", actor=by.keeper, at=AT)
            signer.start()
            signer.join(0.5)
            is_waiting = signer.is_alive()
        signer.join()

        assert is_waiting is True
        assert outcome == ["refused"]
        assert SealUse.objects.count() == 0

    def test_the_last_use_is_given_to_one_of_two(self) -> None:
        by = people()
        limits = Limits(purposes=frozenset({SealPurpose.NOTICE}), uses_in_all=1)
        standing(issued(applied(by), by), by, limits=limits)
        outcomes: list[str] = []
        barrier = threading.Barrier(2)

        def sign() -> None:
            barrier.wait()
            try:
                sealed()
                outcomes.append("sealed")
            except services.SealNotAuthorised:
                outcomes.append("refused")
            connections.close_all()

        signers = [threading.Thread(target=sign) for _ in range(2)]
        for signer in signers:
            signer.start()
        for signer in signers:
            signer.join()

        assert sorted(outcomes) == ["refused", "sealed"]
        assert SealUse.objects.count() == 1
