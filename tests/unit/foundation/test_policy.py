"""
The policy: who may, who may not, and what a refusal looks like.
"""

import pytest

from tongban.foundation import policy
from tongban.foundation.actors import (
    ANONYMOUS,
    Actor,
    ActorKind,
    MandateFunction,
    Principal,
    PrincipalKind,
    system_actor,
)
from tongban.foundation.errors import NotAuthenticated, NotFound, NotPermitted
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, own_reach, yes

PERSON = Actor(kind=ActorKind.PERSON, id="account", person_id="wang")
COMPANY = Principal(
    kind=PrincipalKind.LEGAL_ENTITY,
    id="company",
    name="广安某某有限公司",
    mandate_id="m1",
    functions=frozenset({MandateFunction.APPLY, MandateFunction.QUERY}),
    items=frozenset({"5116"}),
)


@pytest.fixture
def _forgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "_ACTIONS", {})


def own_only(actor: Actor, *, owner: str) -> Decision:
    """
    Let a person see his own.
    """
    if actor.kind is ActorKind.ANONYMOUS:
        return no(Reason.NOT_LOGGED_IN)
    return yes(Reason.OWN) if actor.person_id == owner else no(Reason.NOT_OWN)


@pytest.mark.usefixtures("_forgetting")
class TestAction:
    def test_permits_with_a_reason(self) -> None:
        read = policy.action("x.thing.read", title="x")(own_only)

        assert read.decide(PERSON, owner="wang") == yes(Reason.OWN)
        assert read.allows(PERSON, owner="wang")

    def test_refuses_with_action_and_reason(self) -> None:
        read = policy.action("x.thing.read", title="x")(own_only)

        with pytest.raises(NotPermitted) as refusal:
            read.require(PERSON, owner="li")

        assert refusal.value.facts == {"action": "x.thing.read", "reason": "NOT_OWN"}

    def test_hides_what_may_not_be_known_of_without_a_reason(self) -> None:
        read = policy.action("x.thing.read", title="x", hides=True)(own_only)

        with pytest.raises(NotFound) as refusal:
            read.require(PERSON, owner="li")

        assert refusal.value.facts == {}

    def test_sends_who_is_not_logged_in_to_the_login(self) -> None:
        read = policy.action("x.thing.read", title="x", hides=True)(own_only)

        with pytest.raises(NotAuthenticated):
            read.require(ANONYMOUS, owner="li")

    def test_lets_the_node_work(self) -> None:
        read = policy.action("x.thing.read", title="x")(own_only)

        assert read.decide(system_actor("sweep"), owner="li") == yes(Reason.SYSTEM)

    def test_may_be_for_people_only(self) -> None:
        read = policy.action("x.thing.read", title="x", for_people_only=True)(own_only)

        assert not read.allows(system_actor("sweep"), owner="li")

    def test_has_a_code_of_its_own(self) -> None:
        policy.action("x.thing.read", title="x")(own_only)

        with pytest.raises(ValueError, match=r"x\.thing\.read"):
            policy.action("x.thing.read", title="x")(own_only)


class TestReach:
    def test_reaches_nothing_that_is_not_named(self) -> None:
        nowhere = Reach()

        assert nowhere.is_nothing
        assert not nowhere.decide(principal_id=None, agency_code="", division_code="")
        assert nowhere.condition(Columns(principal="p", agency="a", division="d")) == ("FALSE", {})

    def test_does_not_reach_by_a_column_the_table_lacks(self) -> None:
        own = Reach(principal_id="wang")

        assert own.condition(Columns(agency="a")) == ("FALSE", {})

    def test_keeps_a_mandate_to_its_items(self) -> None:
        reach = Reach(principal_id="company", items=frozenset({"5116"}))

        assert reach.decide(principal_id="company", offering_code="51160001") == yes(Reason.MANDATE)
        assert reach.decide(principal_id="company", offering_code="5101") == no(Reason.MANDATE_LACKS_ITEM)
        assert reach.condition(Columns(principal="p"))[0] == "FALSE"


class TestOwnReach:
    def test_is_the_persons_own(self) -> None:
        assert own_reach(PERSON, function=MandateFunction.QUERY) == Reach(principal_id="wang")

    def test_is_the_principals_alone_while_somebody_acts_for_one(self) -> None:
        agent = Actor(kind=ActorKind.PERSON, id="account", person_id="wang", acting_for=COMPANY)

        reach = own_reach(agent, function=MandateFunction.QUERY)

        assert reach == Reach(principal_id="company", items=frozenset({"5116"}))
        assert not reach.decide(principal_id="wang", offering_code="51160001")

    def test_is_nothing_without_the_function(self) -> None:
        agent = Actor(kind=ActorKind.PERSON, id="account", person_id="wang", acting_for=COMPANY)

        reach = own_reach(agent, function=MandateFunction.PAY)

        assert reach.is_nothing
        assert reach.decide(principal_id="company").reason is Reason.MANDATE_LACKS_FUNCTION
