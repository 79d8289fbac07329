"""
Annual checks, moving to another registry, and reminders before a licence runs out.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import identity as people
from tests.integration.business.licences.conftest import (
    AT,
    CLERK,
    DECIDER,
    LONG_TERM,
    OTHER_AGENCY,
    SEVERAL,
    TODAY,
    ZHANG,
    holder,
    issue,
    type_row,
)
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.selectors import licence_detail, verify_by_identifier
from tongban.business.licences.services import (
    ActNotAllowed,
    amend_licence,
    check_licence,
    load_licence_types,
    move_licence,
    remind_expiring,
    suspend_licence,
)
from tongban.business.licences.values import Act, LicenceStatus, Verdict
from tongban.foundation import events
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import Announcement
from tongban.support.messaging.selectors import inbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types")]

WHY: dict[str, Any] = {
    "reason": "经营条件未变",
    "legal_basis": "《公共场所卫生管理条例实施细则》第二十五条",
    "actor": DECIDER,
}


def checked_type() -> None:
    load_licence_types(
        rows=[type_row(SEVERAL, check_months=24, validity_months=48)], actor=system_actor("tests"), at=AT
    )


def acts_on(identifier: str) -> tuple[Act, ...]:
    return licence_detail(identifier=identifier, actor=DECIDER, at=AT).actions


class TestCheck:
    def test_is_due_so_many_months_after_issue_and_after_the_last_one(self) -> None:
        checked_type()
        receipt = issue()
        first = Licence.objects.get().check_due_date

        after = check_licence(identifier=receipt.identifier, at=AT + timedelta(days=30), **WHY)

        assert (first, Licence.objects.get().check_due_date) == (date(2028, 11, 21), date(2028, 12, 21))
        assert after.status is LicenceStatus.VALID
        event = LicenceEvent.objects.latest("id")
        assert (event.kind, event.reason) == ("CHECKED", "经营条件未变")
        assert Announcement.objects.filter(topic="licences.licence_checked").count() == 1

    def test_goes_on_with_a_change(self) -> None:
        checked_type()
        receipt = issue()

        changed = amend_licence(
            identifier=receipt.identifier, face={"venue": "新店名"}, case_number="C-9", at=AT, **WHY
        )

        licence = Licence.objects.get(identifier=changed.identifier)
        assert licence.check_due_date == date(2028, 11, 21)

    def test_is_not_for_types_that_are_not_checked(self) -> None:
        receipt = issue()

        assert Act.CHECK not in acts_on(receipt.identifier)
        with pytest.raises(ActNotAllowed):
            check_licence(identifier=receipt.identifier, at=AT, **WHY)

    def test_is_offered_where_it_is_due(self) -> None:
        checked_type()

        assert Act.CHECK in acts_on(issue().identifier)


class TestMove:
    def test_ends_the_licence_here_for_good(self) -> None:
        receipt = issue()

        moved = move_licence(identifier=receipt.identifier, at=AT, **WHY)

        assert moved.status is LicenceStatus.MOVED
        assert verify_by_identifier(identifier=receipt.identifier, on=TODAY).verdict is Verdict.MOVED
        assert acts_on(receipt.identifier) == ()
        for act in (move_licence, suspend_licence):
            with pytest.raises(ActNotAllowed):
                act(identifier=receipt.identifier, at=AT, **WHY)

    @pytest.mark.parametrize("missing", ["reason", "legal_basis"])
    def test_says_why_and_where_to(self, missing: str) -> None:
        receipt = issue()

        with pytest.raises(InvalidInput) as refusal:
            move_licence(identifier=receipt.identifier, at=AT, **{**WHY, missing: " "})

        assert list(refusal.value.fields) == [missing]
        assert Licence.objects.get().status == "VALID"

    @pytest.mark.parametrize(
        ("actor", "refusal"),
        [(ZHANG, NotPermitted), (CLERK, NotPermitted), (OTHER_AGENCY, LicenceNotFound)],
    )
    def test_is_for_deciders_of_the_issuer(self, actor: Actor, refusal: type[Exception]) -> None:
        receipt = issue()

        for act in (move_licence, check_licence):
            with pytest.raises(refusal):
                act(identifier=receipt.identifier, at=AT, **{**WHY, "actor": actor})

        assert Licence.objects.get().status == "VALID"


class TestReminding:
    def remind(self, on: date, *, days: int = 60) -> int:
        return remind_expiring(days=days, at=AT + (on - TODAY))

    def test_tells_the_holder_once_and_in_time(self) -> None:
        person = people.citizen(at=AT)
        issue(holder=holder(person_id=person.person_id))

        told = [
            self.remind(date(2027, 9, 21)),
            self.remind(date(2027, 9, 22)),
            self.remind(date(2027, 9, 23)),
        ]
        events.deliver_all(at=AT + timedelta(days=310))

        assert told == [0, 1, 0]
        assert LicenceEvent.objects.filter(kind="REMINDED").count() == 1
        (message,) = [one for one in inbox(actor=person).items if "即将到期" in one.title]
        assert "2027-11-20" in message.body

    @pytest.mark.parametrize(
        "change", [{"status": "SUSPENDED"}, {"status": "REVOKED"}, {"valid_until": date(2027, 10, 1)}]
    )
    def test_leaves_alone_what_is_not_valid_or_already_over(self, change: dict[str, Any]) -> None:
        issue()
        Licence.objects.update(**change)

        assert self.remind(date(2027, 10, 1)) == 0

    def test_leaves_alone_what_has_no_end(self) -> None:
        issue(LONG_TERM, holder=holder(kind="2", code="91350100M000100Y43", code_type="001"))

        assert self.remind(date(2030, 1, 1)) == 0

    def test_reminds_of_a_new_version_again(self) -> None:
        receipt = issue()
        first = self.remind(date(2027, 10, 1))
        amend_licence(
            identifier=receipt.identifier,
            face={},
            case_number="C-9",
            validity_months=12,
            at=AT + timedelta(days=320),
            **WHY,
        )

        assert (first, self.remind(date(2027, 10, 8)), self.remind(date(2028, 9, 1))) == (1, 0, 1)
