from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.factories import database
from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories.mandates import NOW
from tongban.foundation import events
from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, NotPermitted
from tongban.support.identity import services as identity
from tongban.support.identity.services import FreshCheckNeeded
from tongban.support.identity.values import AssuranceLevel
from tongban.support.mandates import selectors, services
from tongban.support.mandates.events import MANDATE_ACCEPTED, MANDATE_ENDED, MANDATE_OFFERED
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.ports import tell_of_mandates_by
from tongban.support.mandates.services.offering import GranteeLevelTooLow
from tongban.support.mandates.values import EndReason, Grant, LogKind, MandateKind, MandateState

pytestmark = pytest.mark.django_db
TODAY = civil_date(NOW)


def known(actor: Actor) -> Any:
    person = identity.reveal_own(actor=actor, at=NOW)
    return {"name": person.name, "number": person.id_number}


def elder_and_relative() -> tuple[Actor, Actor]:
    return make.representative(name="刘长寿"), make.representative(name="唐代办")


class TestOfferMandate:
    @pytest.mark.parametrize("named_by", ["id_number", "mobile"])
    def test_reaches_whom_it_names(self, named_by: str) -> None:
        elder, relative = elder_and_relative()
        person = identity.reveal_own(actor=relative, at=NOW)

        receipt = services.offer_mandate(
            name=person.name, number=getattr(person, named_by), grant=make.grant(), actor=elder, at=NOW
        )

        assert receipt.state is MandateState.OFFERED
        [offer] = selectors.offered(actor=relative, at=NOW)
        assert (offer.id, offer.kind, offer.may_accept) == (receipt.mandate_id, MandateKind.RELATIVE, True)
        assert offer.grantor_name == elder.name

    def test_lets_nobody_act_before_it_is_accepted(self) -> None:
        elder, relative = elder_and_relative()

        receipt = services.offer_mandate(**known(relative), grant=make.grant(), actor=elder, at=NOW)

        assert selectors.choices(actor=relative, at=NOW) == []
        assert (
            selectors.principal_of(
                mandate_id=receipt.mandate_id, person_id=UUID(relative.person_id or ""), at=NOW
            )
            is None
        )

    def test_tells_nothing_of_whether_somebody_is_known(self) -> None:
        elder, relative = elder_and_relative()
        stranger = people.id_number(sequence=998_877)

        services.offer_mandate(**known(relative), grant=make.grant(), actor=elder, at=NOW)
        services.offer_mandate(name="唐代办", number=stranger, grant=make.grant(), actor=elder, at=NOW)

        first, second = selectors.given(actor=elder, at=NOW)
        assert (first.state, first.grantee_name) == (second.state, second.grantee_name)
        assert Mandate.objects.filter(grantee__isnull=False).count() == 0

    def test_needs_number_and_name_of_the_same_person(self) -> None:
        elder, relative = elder_and_relative()

        services.offer_mandate(
            name="唐代理", number=known(relative)["number"], grant=make.grant(), actor=elder, at=NOW
        )

        assert selectors.offered(actor=relative, at=NOW) == []

    def test_waits_for_somebody_who_registers_later(self) -> None:
        elder = make.representative(name="刘长寿")
        number = people.id_number(sequence=887_766)
        services.offer_mandate(name="唐代办", number=number, grant=make.grant(), actor=elder, at=NOW)

        late = people.citizen(name="唐代办", number=number, level=AssuranceLevel.DATA_CHECK)

        assert len(selectors.offered(actor=late, at=NOW)) == 1

    def test_asks_for_a_fresh_check(self) -> None:
        elder, relative = elder_and_relative()
        stale = replace(elder, checked_level=0, checked_at=None)
        before = database.contents()

        with pytest.raises(FreshCheckNeeded):
            services.offer_mandate(
                name="唐代办", number="13900000000", grant=make.grant(), actor=stale, at=NOW
            )

        assert database.contents() == before
        assert relative.person_id

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"functions": frozenset()}, "functions"),
            ({"functions": frozenset({MandateFunction.APPLY})}, "functions"),
            ({"items": ()}, "items"),
            ({"items": ("a b",)}, "items"),
            ({"items": ("x" * 101,)}, "items"),
            ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
            ({"valid_until": TODAY}, "valid_until"),
            ({"valid_until": None}, "valid_until"),
            ({"valid_until": date(2036, 1, 1)}, "valid_until"),
        ],
    )
    def test_names_what_is_wrong_with_the_grant(self, changes: dict[str, object], field: str) -> None:
        elder, relative = elder_and_relative()
        grant = replace(make.grant(), **changes)  # type: ignore[arg-type]

        with pytest.raises(InvalidInput) as caught:
            services.offer_mandate(**known(relative), grant=grant, actor=elder, at=NOW)

        assert set(caught.value.fields) == {field}
        assert not Mandate.objects.exists()

    def test_names_every_wrong_field_at_once(self) -> None:
        elder = make.representative()
        grant = Grant(functions=frozenset(), valid_from=TODAY, valid_until=TODAY)

        with pytest.raises(InvalidInput) as caught:
            services.offer_mandate(name="1", number="12", grant=grant, actor=elder, at=NOW)

        assert set(caught.value.fields) == {"name", "number", "functions", "valid_until"}

    def test_refuses_oneself(self) -> None:
        elder = make.representative()

        with pytest.raises(InvalidInput) as caught:
            services.offer_mandate(**known(elder), grant=make.grant(), actor=elder, at=NOW)

        assert set(caught.value.fields) == {"number"}

    def test_refuses_an_agent_who_would_pass_it_on(self) -> None:
        boss, agent, friend = make.representative(), make.representative(), make.representative()
        entity_id = make.company(boss)
        mandate_id = make.mandate(boss, agent, entity_id=entity_id)

        for actor in (agent, make.acting(agent, mandate_id)):
            with pytest.raises(NotPermitted):
                services.offer_mandate(
                    **known(friend), grant=make.grant(), entity_id=entity_id, actor=actor, at=NOW
                )
        with pytest.raises(NotPermitted):
            services.offer_mandate(
                **known(friend), grant=make.grant(), actor=make.acting(agent, mandate_id), at=NOW
            )

        assert Mandate.objects.count() == 2

    def test_tells_nobody_else_which_entities_there_are(self) -> None:
        boss, other, friend = make.representative(), make.representative(), make.representative()
        entity_id = make.company(boss)
        for_other = make.acting(boss, make.mandate(other, boss))
        before = Mandate.objects.count()

        for actor in (other, for_other):
            for asked_for in (entity_id, uuid4()):
                with pytest.raises(NotFound):
                    services.offer_mandate(
                        **known(friend), grant=make.grant(), entity_id=asked_for, actor=actor, at=NOW
                    )

        assert Mandate.objects.count() == before

    def test_keeps_a_class_of_items_instead_of_those_within_it(self) -> None:
        elder, relative = elder_and_relative()
        grant = make.grant(items=("5116-b", "5116", "4400-x", "4400-x"))

        services.offer_mandate(**known(relative), grant=grant, actor=elder, at=NOW)

        assert Mandate.objects.get().items == ["4400-x", "5116"]


class TestAcceptMandate:
    def test_lets_the_grantee_act_as_far_as_was_granted(self) -> None:
        elder, relative = elder_and_relative()

        mandate_id = make.mandate(elder, relative, granted=make.grant(items=("5116",)))

        acting = make.acting(relative, mandate_id)
        assert acting.principal_id == elder.person_id
        assert acting.acting_for is not None
        assert acting.acting_for.functions == make.APPLY_AND_QUERY
        assert acting.acting_for.covers("511602-1")
        assert not acting.acting_for.covers("440000-1")
        assert acting.acting_for.assurance_level == 2

    def test_is_for_whom_it_was_offered_to_only(self) -> None:
        elder, relative = elder_and_relative()
        other = make.representative()
        offer = services.offer_mandate(**known(relative), grant=make.grant(), actor=elder, at=NOW)

        for act in (services.accept_mandate, services.decline_mandate):
            with pytest.raises(NotFound):
                act(mandate_id=offer.mandate_id, actor=other, at=NOW)
            with pytest.raises(NotFound):
                act(mandate_id=offer.mandate_id, actor=elder, at=NOW)
            with pytest.raises(NotFound):
                act(mandate_id=uuid4(), actor=relative, at=NOW)

        assert Mandate.objects.get().accepted_at is None

    def test_happens_once(self) -> None:
        elder, relative = elder_and_relative()
        mandate_id = make.mandate(elder, relative)

        with pytest.raises(services.OfferClosed):
            services.accept_mandate(mandate_id=mandate_id, actor=relative, at=NOW)
        with pytest.raises(services.OfferClosed):
            services.decline_mandate(mandate_id=mandate_id, actor=relative, at=NOW)

    def test_comes_too_late_after_thirty_days(self) -> None:
        elder, relative = elder_and_relative()
        offer = services.offer_mandate(**known(relative), grant=make.grant(), actor=elder, at=NOW)
        late = NOW + timedelta(days=30)

        with pytest.raises(services.OfferClosed):
            services.accept_mandate(mandate_id=offer.mandate_id, actor=relative, at=late)

        assert selectors.offered(actor=relative, at=late) == []
        [view] = selectors.given(actor=elder, at=late)
        assert view.state is MandateState.LAPSED

    def test_needs_a_real_name(self) -> None:
        elder = make.representative()
        weak = people.citizen(name="唐代办", level=AssuranceLevel.MOBILE)
        offer = services.offer_mandate(**known(weak), grant=make.grant(), actor=elder, at=NOW)

        with pytest.raises(GranteeLevelTooLow):
            services.accept_mandate(mandate_id=offer.mandate_id, actor=weak, at=NOW)

        assert Mandate.objects.get().accepted_at is None


class TestTerm:
    def test_begins_and_ends_with_its_days(self) -> None:
        elder, relative = elder_and_relative()
        begins = TODAY + timedelta(days=3)
        mandate_id = make.mandate(elder, relative, granted=make.grant(valid_from=begins, days=2))
        person_id = UUID(relative.person_id or "")

        acts = [
            selectors.principal_of(mandate_id=mandate_id, person_id=person_id, at=NOW + timedelta(days=day))
            is not None
            for day in range(2, 7)
        ]

        assert acts == [False, True, True, False, False]

    def test_shows_in_the_state(self) -> None:
        elder, relative = elder_and_relative()
        make.mandate(elder, relative, granted=make.grant(valid_from=TODAY + timedelta(days=3), days=2))

        states = [
            selectors.received(actor=relative, at=NOW + timedelta(days=day))[0].state for day in (0, 3, 5)
        ]

        assert states == [MandateState.NOT_YET, MandateState.IN_FORCE, MandateState.EXPIRED]


class TestEndMandate:
    @pytest.mark.parametrize(
        ("by_grantor", "reason"), [(True, EndReason.WITHDRAWN), (False, EndReason.RENOUNCED)]
    )
    def test_works_at_once(self, by_grantor: bool, reason: EndReason) -> None:
        elder, relative = elder_and_relative()
        mandate_id = make.mandate(elder, relative)

        services.end_mandate(mandate_id=mandate_id, actor=elder if by_grantor else relative, at=NOW)

        person_id = UUID(relative.person_id or "")
        assert selectors.principal_of(mandate_id=mandate_id, person_id=person_id, at=NOW) is None
        [view] = selectors.received(actor=relative, at=NOW)
        assert (view.state, view.end_reason, view.may_end) == (MandateState.ENDED, reason, False)

    def test_changes_nothing_when_repeated(self) -> None:
        elder, relative = elder_and_relative()
        mandate_id = make.mandate(elder, relative)
        services.end_mandate(mandate_id=mandate_id, actor=elder, at=NOW)
        before = database.contents()

        receipt = services.end_mandate(mandate_id=mandate_id, actor=elder, at=NOW + timedelta(hours=1))

        assert receipt.state is MandateState.ENDED
        assert database.contents() == before

    def test_is_for_the_parties_only(self) -> None:
        elder, relative = elder_and_relative()
        mandate_id = make.mandate(elder, relative)

        with pytest.raises(NotFound):
            services.end_mandate(mandate_id=mandate_id, actor=make.representative(), at=NOW)
        with pytest.raises(NotAuthenticated):
            services.end_mandate(mandate_id=mandate_id, actor=people.staff(), at=NOW)

        assert Mandate.objects.get().ended_at is None

    def test_leaves_what_follows_from_law(self) -> None:
        boss = make.representative()
        make.company(boss)
        [own] = selectors.choices(actor=boss, at=NOW)

        with pytest.raises(NotFound):
            services.end_mandate(mandate_id=own.mandate_id, actor=boss, at=NOW)

        assert len(selectors.choices(actor=boss, at=NOW)) == 1

    def test_withdraws_an_offer_nobody_has_answered(self) -> None:
        elder, relative = elder_and_relative()
        offer = services.offer_mandate(**known(relative), grant=make.grant(), actor=elder, at=NOW)

        services.end_mandate(mandate_id=offer.mandate_id, actor=elder, at=NOW)

        assert selectors.offered(actor=relative, at=NOW) == []
        with pytest.raises(services.OfferClosed):
            services.accept_mandate(mandate_id=offer.mandate_id, actor=relative, at=NOW)


class TestMandate:
    def test_shows_its_life_to_those_it_concerns(self) -> None:
        elder, relative = elder_and_relative()
        mandate_id = make.mandate(elder, relative)
        services.end_mandate(mandate_id=mandate_id, actor=relative, at=NOW)

        for reader in (elder, relative):
            detail = selectors.mandate(mandate_id=mandate_id, actor=reader, at=NOW)
            assert [line.kind for line in detail.log] == [LogKind.OFFERED, LogKind.ACCEPTED, LogKind.ENDED]
            assert detail.log[2].reason is EndReason.RENOUNCED
            assert detail.mandate.grantee_number.count("*") > 5
        with pytest.raises(NotFound):
            selectors.mandate(mandate_id=mandate_id, actor=make.representative(), at=NOW)

    def test_of_an_entity_is_its_representatives_to_read(self) -> None:
        boss, agent, other = make.representative(), make.representative(), make.representative()
        entity_id = make.company(boss)
        mandate_id = make.mandate(boss, agent, entity_id=entity_id)

        assert selectors.mandate(mandate_id=mandate_id, actor=boss, at=NOW).mandate.may_end
        with pytest.raises(NotFound):
            selectors.mandate(mandate_id=mandate_id, actor=other, at=NOW)

    def test_cannot_say_nothing_and_mean_everything(self) -> None:
        make.mandate(*elder_and_relative())

        wrong: list[dict[str, Any]] = [
            {"functions": []},
            {"items": []},
            {"functions": ["EVERYTHING"]},
            {"valid_until": None},
        ]

        for broken in wrong:
            with pytest.raises(IntegrityError), transaction.atomic():
                Mandate.objects.update(**broken)

    def test_cannot_be_in_force_for_nobody(self) -> None:
        make.mandate(*elder_and_relative())

        with pytest.raises(IntegrityError), transaction.atomic():
            Mandate.objects.update(grantee=None)


class TestTell:
    def test_tells_those_who_did_not_do_it(self) -> None:
        told: list[tuple[str, UUID]] = []

        def teller(**what: object) -> None:
            told.append((str(what["happened"]), UUID(str(what["person_id"]))))

        before = tell_of_mandates_by(teller)
        elder, relative = elder_and_relative()
        mandate_id = make.mandate(elder, relative)
        services.end_mandate(mandate_id=mandate_id, actor=elder, at=NOW)

        events.deliver_all(at=NOW)

        tell_of_mandates_by(before)
        elder_id, relative_id = UUID(elder.person_id or ""), UUID(relative.person_id or "")
        assert told == [
            (MANDATE_OFFERED, relative_id),
            (MANDATE_ACCEPTED, elder_id),
            (MANDATE_ENDED, relative_id),
        ]
