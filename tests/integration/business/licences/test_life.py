from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.business.licences.conftest import (
    AT,
    CLERK,
    COMPANY,
    DECIDER,
    ISSUER,
    LI,
    LONG_TERM,
    OTHER_AGENCY,
    ZHANG,
    issue,
)
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.services import (
    ActNotAllowed,
    LicenceReceipt,
    cancel_licence,
    expire_due,
    resume_licence,
    revoke_licence,
    suspend_licence,
)
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import Announcement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types")]

Act = Callable[..., LicenceReceipt]
ACTS: dict[str, Act] = {
    "suspend": suspend_licence,
    "resume": resume_licence,
    "revoke": revoke_licence,
    "cancel": cancel_licence,
}


def do(act: str, identifier: str, **changes: Any) -> LicenceReceipt:
    told: dict[str, Any] = {
        "reason": "核查发现问题",
        "legal_basis": "《行政许可法》第六十九条",
        "actor": DECIDER,
        "at": AT,
    } | changes
    return ACTS[act](identifier=identifier, **told)


def system_of(agency_code: str, *scopes: str) -> Actor:
    return Actor(kind=ActorKind.CLIENT, id="agency-system", agency_code=agency_code, scopes=frozenset(scopes))


class TestActs:
    @pytest.mark.parametrize(
        ("before", "act", "status"),
        [
            ((), "suspend", "SUSPENDED"),
            (("suspend",), "resume", "VALID"),
            ((), "revoke", "REVOKED"),
            (("suspend",), "revoke", "REVOKED"),
            ((), "cancel", "CANCELED"),
            (("suspend",), "cancel", "CANCELED"),
        ],
    )
    def test_changes_the_status_and_leaves_traces(
        self, before: tuple[str, ...], act: str, status: str
    ) -> None:
        receipt = issue()
        for earlier in before:
            do(earlier, receipt.identifier)

        after = do(act, receipt.identifier, reason=" 撤销理由 ", legal_basis="《行政许可法》第六十九条")

        assert after.status == status
        assert Licence.objects.get().status == status
        event = LicenceEvent.objects.order_by("id").last()
        assert event is not None
        assert (event.reason, event.legal_basis, event.actor_id) == (
            "撤销理由",
            "《行政许可法》第六十九条",
            "decider",
        )
        assert Announcement.objects.order_by("id").last().payload["status"] == status  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("before", "act"),
        [
            ((), "resume"),
            (("suspend",), "suspend"),
            (("revoke",), "suspend"),
            (("revoke",), "resume"),
            (("revoke",), "revoke"),
            (("revoke",), "cancel"),
            (("cancel",), "resume"),
            (("cancel",), "revoke"),
            (("cancel",), "cancel"),
        ],
    )
    def test_refuses_what_the_state_does_not_allow_and_changes_nothing(
        self, before: tuple[str, ...], act: str
    ) -> None:
        receipt = issue()
        for earlier in before:
            do(earlier, receipt.identifier)
        status, events = Licence.objects.get().status, LicenceEvent.objects.count()

        with pytest.raises(ActNotAllowed):
            do(act, receipt.identifier)

        assert (Licence.objects.get().status, LicenceEvent.objects.count()) == (status, events)

    @pytest.mark.parametrize("act", sorted(ACTS))
    @pytest.mark.parametrize(
        ("actor", "refusal"),
        [
            (ANONYMOUS, LicenceNotFound),
            (LI, LicenceNotFound),
            (OTHER_AGENCY, LicenceNotFound),
            (ZHANG, NotPermitted),
            (CLERK, NotPermitted),
        ],
    )
    def test_is_for_deciders_of_the_issuing_agency(
        self, act: str, actor: Actor, refusal: type[Exception]
    ) -> None:
        receipt = issue()

        with pytest.raises(refusal):
            do(act, receipt.identifier, actor=actor)

        assert LicenceEvent.objects.count() == 1

    @pytest.mark.parametrize("act", sorted(ACTS))
    def test_asks_for_a_reason_and_what_it_is_based_on(self, act: str) -> None:
        receipt = issue()
        if act == "resume":
            do("suspend", receipt.identifier)
        before = Licence.objects.get().status

        with pytest.raises(InvalidInput) as refusal:
            do(act, receipt.identifier, reason="  ", legal_basis=" ")

        assert refusal.value.fields == {"reason": "请填写理由", "legal_basis": "请填写法律依据"}
        assert Licence.objects.get().status == before

    def test_refuses_words_that_are_too_long(self) -> None:
        receipt = issue()

        with pytest.raises(InvalidInput) as refusal:
            do("revoke", receipt.identifier, reason="理" * 2001, legal_basis="法" * 1001)

        assert sorted(refusal.value.fields) == ["legal_basis", "reason"]
        assert Licence.objects.get().status == "VALID"

    def test_lets_a_system_of_the_issuer_act_with_its_scope(self) -> None:
        receipt = issue()

        after = do("revoke", receipt.identifier, actor=system_of(ISSUER, "licences:write"))

        assert after.status == "REVOKED"

    @pytest.mark.parametrize(
        ("agency_code", "scope", "refusal"),
        [
            (ISSUER, "licences:read", NotPermitted),
            ("11510100MB2600000Y", "licences:write", LicenceNotFound),
        ],
    )
    def test_refuses_systems_without_the_scope_or_of_others(
        self, agency_code: str, scope: str, refusal: type[Exception]
    ) -> None:
        receipt = issue()

        with pytest.raises(refusal):
            do("revoke", receipt.identifier, actor=system_of(agency_code, scope))

        assert Licence.objects.get().status == "VALID"

    def test_does_not_find_what_is_no_identifier(self) -> None:
        with pytest.raises(LicenceNotFound):
            do("revoke", "1.2.156.3005.2.x")

    def test_lets_an_expired_licence_be_cancelled_but_not_suspended(self) -> None:
        receipt = issue()
        later = AT + timedelta(days=366)

        with pytest.raises(ActNotAllowed):
            do("suspend", receipt.identifier, at=later)
        after = do("cancel", receipt.identifier, at=later)

        assert after.status == "CANCELED"


class TestExpireDue:
    def test_marks_what_ran_out_and_nothing_else(self) -> None:
        first = issue()
        second = issue(case_number="C-2", at=AT + timedelta(days=1))
        issue(LONG_TERM, case_number="C-3", holder=COMPANY)

        expired = expire_due(at=AT + timedelta(days=365))

        assert expired == 1
        assert Licence.objects.get(identifier=first.identifier).status == "EXPIRED"
        assert Licence.objects.get(identifier=second.identifier).status == "VALID"
        assert Announcement.objects.get(topic="licences.licence_expired").key == first.number

    def test_is_safe_to_repeat(self) -> None:
        issue()

        counts = [expire_due(at=AT + timedelta(days=400)) for _ in range(2)]

        assert counts == [1, 0]
