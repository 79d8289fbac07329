import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.foundation import holdings, looks
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.foundation.looks import LookAct, LookFilter
from tongban.portal.apply import services as apply
from tongban.portal.apply.models import Draft
from tongban.support.documents.models import StoredFile
from tongban.support.identity import services as identity
from tongban.support.identity.models import Account, Person, SignIn
from tongban.support.messaging.models import Message
from tongban.support.privacy import selectors, services
from tongban.support.privacy.models import DataRequest
from tongban.support.privacy.values import RequestState

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(days=8)


@pytest.fixture(autouse=True)
def files_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    settings.TONGBAN_HOME = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def person() -> Actor:
    citizen = people.citizen(name="张三丰", phone="19900001234")
    return replace(citizen, checked_level=4, checked_at=AT)


def applied(person: Actor) -> str:
    """
    Give the person a case, as if he had applied.
    """
    return make.submit(
        actor=person, applicant_id=person.person_id, at=AT, code=make.publish("test-hygiene")
    ).case_number


def copy_of(person: Actor) -> dict[str, bytes]:
    request_id = services.ask_for_copy(actor=person, at=AT)
    services.make_copy(request_id=request_id, at=AT)
    with services.open_copy(request_id=request_id, actor=person, at=AT).content as content:
        archive = zipfile.ZipFile(io.BytesIO(content.read()))
    return {name: archive.read(name) for name in archive.namelist()}


def test_every_model_with_sealed_columns_belongs_to_a_holding() -> None:
    assert holdings.undeclared() == []


def test_every_holding_says_why_it_is_kept_or_goes() -> None:
    for holding in holdings.holdings():
        assert str(holding.title)
        assert str(holding.purpose)
        assert bool(holding.keeps_clause) == bool(str(holding.keeps_why)), holding.code
        assert holding.keeps_clause or holding.eraser, holding.code


class TestCopy:
    def test_holds_what_every_app_holds_to_read_and_to_take_along(self, person: Actor) -> None:
        files = copy_of(person)

        everything = json.loads(files["data.json"])
        assert set(everything) == {holding.code for holding in holdings.holdings()}
        assert everything["identity.person"][0]["姓名"] == "张三丰"
        assert "张三丰" in files["data.html"].decode()

    def test_holds_nothing_of_anybody_else(self, person: Actor) -> None:
        people.citizen(name="李四光")

        assert "李四光" not in copy_of(person)["data.json"].decode()

    def test_is_told_and_stands_in_the_ledger(self, person: Actor) -> None:
        copy_of(person)

        assert Message.objects.get().template == "privacy.copy_ready"
        (row,) = looks.looks_at(principal_id=str(person.person_id), wanted=LookFilter()).items
        assert row.act is LookAct.EXPORTED

    def test_is_asked_for_once_at_a_time(self, person: Actor) -> None:
        first = services.ask_for_copy(actor=person, at=AT)

        assert services.ask_for_copy(actor=person, at=AT) == first
        assert DataRequest.objects.count() == 1

    def test_needs_a_fresh_check_to_ask_and_to_download(self, person: Actor) -> None:
        unchecked = replace(person, checked_level=0, checked_at=None)
        request_id = services.ask_for_copy(actor=person, at=AT)
        services.make_copy(request_id=request_id, at=AT)

        with pytest.raises(identity.FreshCheckNeeded):
            services.ask_for_copy(actor=unchecked, at=AT)
        with pytest.raises(identity.FreshCheckNeeded):
            services.open_copy(request_id=request_id, actor=unchecked, at=AT)

    def test_is_nobody_elses(self, person: Actor) -> None:
        request_id = services.ask_for_copy(actor=person, at=AT)
        services.make_copy(request_id=request_id, at=AT)
        other = replace(people.citizen(), checked_level=4, checked_at=AT)

        with pytest.raises(services.CopyLapsed):
            services.open_copy(request_id=request_id, actor=other, at=AT)

    def test_lapses(self, person: Actor) -> None:
        request_id = services.ask_for_copy(actor=person, at=AT)
        services.make_copy(request_id=request_id, at=AT)
        late = AT + timedelta(days=4)
        checked = replace(person, checked_at=late)

        with pytest.raises(services.CopyLapsed):
            services.open_copy(request_id=request_id, actor=checked, at=late)
        lapsed = services.lapse_copies(at=late)

        assert (lapsed, DataRequest.objects.get().state) == (1, RequestState.LAPSED)
        assert StoredFile.objects.available().count() == 0

    def test_is_not_for_staff(self) -> None:
        with pytest.raises(NotPermitted):
            services.ask_for_copy(actor=people.staff(), at=AT)


class TestClosing:
    def test_says_before_what_goes_what_stays_and_why(self, person: Actor) -> None:
        preview = selectors.closing_preview(actor=person)

        kept = {str(fate.title): fate for fate in preview.fates if fate.is_kept}
        assert kept["办件"].clause == "716号令-12"
        assert kept["登录记录"].clause == "网络安全法-21"
        assert "身份信息和账号" not in kept

    def test_waits_for_second_thoughts(self, person: Actor) -> None:
        services.ask_for_closing(actor=person, at=AT)

        assert services.close_due_accounts(at=AT + timedelta(days=6)) == 0
        assert Account.objects.get(id=person.id).is_active

    def test_can_be_taken_back(self, person: Actor) -> None:
        services.ask_for_closing(actor=person, at=AT)

        services.cancel_closing(actor=person, at=AT)

        assert services.close_due_accounts(at=LATER) == 0
        with pytest.raises(NotFound):
            services.cancel_closing(actor=person, at=AT)

    def test_leaves_nothing_that_says_who_it_was(self, person: Actor) -> None:
        Draft.objects.create(
            owner=f"PERSON:{person.person_id}",
            resume_code="ABCD-2345",
            offering_code="x",
            service_name="某事",
            answers={"a": "张三丰"},
            delivery={},
            created_at=AT,
            updated_at=AT,
        )
        services.ask_for_closing(actor=person, at=AT)

        closed = services.close_due_accounts(at=LATER)

        row = Person.objects.get(id=str(person.person_id))
        account = Account.objects.get(id=person.id)
        assert closed == 1
        assert (row.name, row.id_number, row.mobile, row.mobile_index) == ("已注销", "", None, None)
        assert (account.is_active, account.has_usable_password()) == (False, False)
        assert (Draft.objects.count(), Message.objects.count()) == (0, 0)
        assert SignIn.objects.filter(account=account, ended_at__isnull=True).count() == 0
        request = DataRequest.objects.get()
        assert (request.state, request.report["identity.person"]) == (
            RequestState.DONE,
            {"gone": 1, "kept": 0},
        )

    def test_lets_the_same_person_come_again_as_somebody_new(self, person: Actor) -> None:
        number = Person.objects.get(id=str(person.person_id)).id_number
        services.ask_for_closing(actor=person, at=AT)
        services.close_due_accounts(at=LATER)

        again = people.citizen(number=number, phone="19900001234")

        assert again.person_id != person.person_id

    def test_is_refused_while_something_is_under_way(
        self, person: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tongban.support.privacy.services.closing.open_matters_of", lambda person_id: 1)

        with pytest.raises(services.CasesUnderWay):
            services.ask_for_closing(actor=person, at=AT)

    def test_waits_for_what_began_meanwhile(self, person: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        services.ask_for_closing(actor=person, at=AT)
        monkeypatch.setattr("tongban.support.privacy.services.closing.open_matters_of", lambda person_id: 1)

        assert services.close_due_accounts(at=LATER) == 0
        assert DataRequest.objects.get().until == LATER + timedelta(days=1)

    def test_needs_a_fresh_check(self, person: Actor) -> None:
        with pytest.raises(identity.FreshCheckNeeded):
            services.ask_for_closing(actor=replace(person, checked_level=0, checked_at=None), at=AT)


class TestOldDrafts:
    def draft(self, owner: str, *, days: int, case_number: str = "") -> Draft:
        then = AT - timedelta(days=days)
        return Draft.objects.create(
            owner=owner,
            resume_code=f"AAAA-{Draft.objects.count():04d}",
            offering_code=f"x{Draft.objects.count()}",
            service_name="某事",
            answers={"a": "b"},
            delivery={"way": "post"},
            case_number=case_number,
            created_at=then,
            updated_at=then,
        )

    def test_are_told_of_once_and_deleted_when_their_time_is_over(self, person: Actor) -> None:
        owner = f"PERSON:{person.person_id}"
        fresh = self.draft(owner, days=100)
        going = self.draft(owner, days=170)
        gone = self.draft(owner, days=181)

        apply.warn_of_old_drafts(at=AT)
        apply.warn_of_old_drafts(at=AT)
        deleted = apply.delete_old_drafts(at=AT)

        assert deleted == 1
        assert Message.objects.filter(template="apply.draft_goes").count() == 2
        assert set(Draft.objects.values_list("id", flat=True)) == {fresh.id, going.id}
        assert gone.id not in set(Draft.objects.values_list("id", flat=True))

    def test_of_other_systems_go_sooner(self) -> None:
        kept = self.draft("CLIENT:a", days=29)
        self.draft("CLIENT:a", days=31)

        assert apply.delete_old_drafts(at=AT) == 1
        assert Draft.objects.get().id == kept.id

    def test_that_were_submitted_are_emptied(self, person: Actor) -> None:
        draft = self.draft(f"PERSON:{person.person_id}", days=31, case_number="C1")

        emptied = [apply.empty_submitted_drafts(at=AT), apply.empty_submitted_drafts(at=AT)]

        draft.refresh_from_db()
        assert (emptied, draft.answers, draft.delivery) == ([1, 0], {}, {})
