import io
from datetime import timedelta
from typing import Any

import pikepdf
import pytest

from tests.integration.business.licences.conftest import (
    AT,
    CLERK,
    COMPANY,
    DECIDER,
    ELSEWHERE,
    ISSUER,
    LI,
    ONLY_ONE,
    OTHER_AGENCY,
    SUPERVISOR,
    TODAY,
    WITHOUT_POST,
    ZHANG,
    holder,
    issue,
)
from tongban.business.licences.models import Licence
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.selectors import (
    licence_detail,
    licences_of_case,
    search_licences,
    wallet_of,
)
from tongban.business.licences.services import render_licence, revoke_licence
from tongban.business.licences.values import LicenceStatus
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotPermitted
from tongban.support.documents.permissions import FileNotFound
from tongban.support.documents.services import open_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types")]

SYSTEM_OF_AGENCY = Actor(
    kind=ActorKind.CLIENT, id="client", agency_code=ISSUER, scopes=frozenset({"licences:read"})
)
SYSTEM_WITHOUT_SCOPE = Actor(kind=ActorKind.CLIENT, id="client", agency_code=ISSUER)


class TestWalletOf:
    def test_shows_ones_own_licences_in_full_newest_first(self, django_assert_num_queries: Any) -> None:
        issue()
        issue(case_number="C-2", at=AT + timedelta(days=1))
        issue(case_number="C-3", holder=holder(code="440524188001010014", person_id="li"))

        with django_assert_num_queries(1):
            wallet = wallet_of(actor=ZHANG, on=TODAY)

        assert [licence.case_number for licence in wallet] == ["C-2", "C-1"]
        assert wallet[0].holder_name == "张小三"

    def test_leaves_out_versions_that_were_replaced(self) -> None:
        issue(ONLY_ONE)
        second = issue(ONLY_ONE, case_number="C-2")

        assert [licence.identifier for licence in wallet_of(actor=ZHANG, on=TODAY)] == [second.identifier]

    def test_says_that_a_licence_ran_out_before_the_nightly_job_does(self) -> None:
        issue()

        (licence,) = wallet_of(actor=ZHANG, on=TODAY + timedelta(days=365))

        assert licence.status is LicenceStatus.EXPIRED

    @pytest.mark.parametrize("actor", [ANONYMOUS, DECIDER, SYSTEM_OF_AGENCY])
    def test_is_for_persons_only(self, actor: Actor) -> None:
        with pytest.raises(NotPermitted):
            wallet_of(actor=actor, on=TODAY)


class TestLicenceDetail:
    def test_shows_the_holder_everything(self, django_assert_num_queries: Any) -> None:
        receipt = issue()

        with django_assert_num_queries(2):
            detail = licence_detail(identifier=receipt.identifier, actor=ZHANG, at=AT)

        assert detail.holder_code == "11010519491231002X"
        assert [line.value for line in detail.face] == [
            "张小三",
            "11010519491231002X",
            "示例大酒店",
            "示例路1号",
        ]
        assert [event.kind for event in detail.events] == ["ISSUED"]
        token = Licence.objects.get().token
        assert len(token) == 24
        assert detail.verification_url == f"http://localhost:8000/verify/{token}"

    @pytest.mark.parametrize("actor", [CLERK, SUPERVISOR, SYSTEM_OF_AGENCY])
    def test_masks_personal_lines_for_agencies(self, actor: Actor) -> None:
        receipt = issue()

        detail = licence_detail(identifier=receipt.identifier, actor=actor, at=AT)

        assert detail.holder_code == "110***********002X"
        assert [line.value for line in detail.face] == [
            "张*三",
            "110***********002X",
            "示例大酒店",
            "示***号",
        ]

    def test_masks_nothing_of_an_organization(self) -> None:
        receipt = issue(holder=COMPANY)

        detail = licence_detail(identifier=receipt.identifier, actor=CLERK, at=AT)

        assert detail.summary.holder_name == "示例酒店有限公司"
        assert detail.face[1].value == "91350100M000100Y43"

    @pytest.mark.parametrize("actor", [ANONYMOUS, LI, OTHER_AGENCY, ELSEWHERE, SYSTEM_WITHOUT_SCOPE])
    def test_is_not_found_by_others(self, actor: Actor) -> None:
        receipt = issue()

        with pytest.raises(LicenceNotFound):
            licence_detail(identifier=receipt.identifier, actor=actor, at=AT)


class TestLicencesOfCase:
    def test_shows_what_the_actor_may_see(self) -> None:
        issue()

        assert len(licences_of_case(case_number="C-1", actor=ZHANG, on=TODAY)) == 1
        assert licences_of_case(case_number="C-1", actor=LI, on=TODAY) == []


class TestSearchLicences:
    def test_shows_an_agency_its_own_and_a_supervisor_the_area(self, django_assert_num_queries: Any) -> None:
        issue()
        issue(case_number="C-2", issuer_code=OTHER_AGENCY.agency_code, actor=OTHER_AGENCY)

        with django_assert_num_queries(1):
            own = search_licences(actor=CLERK, at=AT)

        assert [licence.case_number for licence in own.items] == ["C-1"]
        assert len(search_licences(actor=SUPERVISOR, at=AT).items) == 2
        assert search_licences(actor=ELSEWHERE, at=AT).items == []

    @pytest.mark.parametrize(
        ("actor", "refusal"),
        [
            (ANONYMOUS, NotAuthenticated),
            (ZHANG, NotPermitted),
            (SYSTEM_WITHOUT_SCOPE, NotPermitted),
            (WITHOUT_POST, NotPermitted),
        ],
    )
    def test_is_for_agencies_only(self, actor: Actor, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            search_licences(actor=actor, at=AT)

    @pytest.mark.parametrize("text", ["identifier", "number", "case", "holder"])
    def test_finds_by_everything_that_is_a_number(self, text: str) -> None:
        receipt = issue()
        issue(case_number="C-2", holder=holder(code="440524188001010014"))
        words = {
            "identifier": receipt.identifier.lower(),
            "number": f" {receipt.number} ",
            "case": "c-1",
            "holder": "11010519491231002x",
        }

        found = search_licences(actor=CLERK, at=AT, text=words[text])

        assert [licence.identifier for licence in found.items] == [receipt.identifier]

    def test_filters_by_type_and_status(self) -> None:
        receipt = issue()
        issue(ONLY_ONE, case_number="C-2")
        revoke_licence(identifier=receipt.identifier, reason="x", legal_basis="x", actor=DECIDER, at=AT)

        revoked = search_licences(actor=CLERK, at=AT, status=LicenceStatus.REVOKED)
        only = search_licences(actor=CLERK, at=AT, type_code=ONLY_ONE)

        assert [licence.case_number for licence in revoked.items] == ["C-1"]
        assert [licence.case_number for licence in only.items] == ["C-2"]

    def test_pages_through_all_without_repeating(self) -> None:
        for number in range(7):
            issue(case_number=f"C-{number}", at=AT + timedelta(seconds=number // 2))

        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = search_licences(actor=CLERK, at=AT, limit=2, cursor=cursor)
            seen += [licence.case_number for licence in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert len(seen) == 7
        assert set(seen) == {f"C-{number}" for number in range(7)}

    @pytest.mark.parametrize("cursor", ["x", "AAAA", "中文", "=" * 50])
    def test_refuses_a_cursor_that_was_changed(self, cursor: str) -> None:
        with pytest.raises(InvalidInput):
            search_licences(actor=CLERK, at=AT, cursor=cursor)


@pytest.mark.usefixtures("seal")
class TestTheFile:
    def test_may_be_opened_by_holder_and_issuer_only(self) -> None:
        receipt = issue()
        render_licence(licence_id=receipt.id, at=AT)
        (licence,) = wallet_of(actor=ZHANG, on=TODAY)
        assert licence.file_id is not None

        for actor in (ZHANG, CLERK):
            with open_file(file_id=licence.file_id, actor=actor, at=AT).content as reader:
                assert len(pikepdf.open(io.BytesIO(reader.read())).pages) == 1
        for actor in (LI, ANONYMOUS, OTHER_AGENCY):
            with pytest.raises(FileNotFound):
                open_file(file_id=licence.file_id, actor=actor, at=AT)
