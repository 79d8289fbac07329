from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories.mandates import NOW
from tongban.foundation.actors import Actor, PrincipalKind
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.support.identity import services as identity
from tongban.support.identity.ports import RecordingCodeSender
from tongban.support.identity.services import CodeNotAccepted
from tongban.support.identity.values import Post
from tongban.support.mandates import selectors, services
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.services.counter import Card, EvidenceDoesNotFit
from tongban.support.mandates.values import EndReason, Evidence, MandateKind, MandateState

pytestmark = pytest.mark.django_db

CHILD_BORN = date(2019, 3, 4)
CHILD = Card(name="孙小宝", id_number=people.id_number(born_on=CHILD_BORN, sequence=7))


def card_of(actor: Actor) -> Card:
    person = identity.reveal_own(actor=actor, at=NOW)
    return Card(name=person.name, id_number=person.id_number, mobile=person.mobile)


def establish(parent: Actor, ward: Card = CHILD, **changes: object) -> UUID:
    values = {"evidence": Evidence.HOUSEHOLD_BOOK, "note": "户口簿 511602-0001", **changes}
    clerk = people.staff(Post.COUNTER)
    receipt = services.establish_guardianship(
        guardian=card_of(parent),
        ward=ward,
        actor=clerk,
        at=NOW,
        **values,  # type: ignore[arg-type]
    )
    return receipt.mandate_id


class TestEstablishGuardianship:
    def test_lets_a_parent_act_for_a_child_under_fourteen(self) -> None:
        parent = make.representative()

        mandate_id = establish(parent)

        acting = make.acting(parent, mandate_id)
        assert acting.acting_for is not None
        assert (acting.acting_for.kind, acting.acting_for.name) == (PrincipalKind.PERSON, "孙*宝")
        child = identity.reveal_principal(actor=acting, at=NOW)
        assert (child.name, child.birth_date) == ("孙小宝", CHILD_BORN)

    def test_ends_on_the_eighteenth_birthday(self) -> None:
        parent = make.representative()
        mandate_id, person_id = establish(parent), UUID(parent.person_id or "")

        days = [date(2037, 3, 3), date(2037, 3, 4)]
        acts = [
            selectors.principal_of(mandate_id=mandate_id, person_id=person_id, at=NOW + (day - NOW.date()))
            is not None
            for day in days
        ]

        assert acts == [True, False]

    def test_changes_nothing_when_repeated(self) -> None:
        parent = make.representative()

        assert establish(parent) == establish(parent)
        assert Mandate.objects.count() == 1

    def test_takes_both_parents(self) -> None:
        mother, father = make.representative(name="李示范"), make.representative()

        assert establish(mother) != establish(father)

    def test_of_an_adult_needs_more_than_a_family_register(self) -> None:
        daughter = make.representative()
        father = Card(name="刘长寿", id_number=people.id_number(born_on=date(1940, 1, 15), sequence=3))

        with pytest.raises(EvidenceDoesNotFit):
            establish(daughter, father)
        mandate_id = establish(
            daughter, father, evidence=Evidence.COURT_JUDGMENT, note="(2026) 川 1602 民特 1 号"
        )

        assert Mandate.objects.get(id=mandate_id).valid_until is None

    def test_is_for_adults_who_are_somebody_else(self) -> None:
        parent = make.representative()
        brother = Card(name="孙大宝", id_number=people.id_number(born_on=date(2010, 1, 1), sequence=9))
        clerk = people.staff(Post.COUNTER)

        with pytest.raises(InvalidInput) as too_young:
            services.establish_guardianship(
                guardian=brother,
                ward=CHILD,
                evidence=Evidence.HOUSEHOLD_BOOK,
                note="户口簿",
                actor=clerk,
                at=NOW,
            )
        with pytest.raises(InvalidInput) as himself:
            establish(parent, card_of(parent), evidence=Evidence.COURT_JUDGMENT)

        assert set(too_young.value.fields) == {"guardian.id_number"}
        assert set(himself.value.fields) == {"ward.id_number"}
        assert not Mandate.objects.exists()

    def test_of_a_child_with_a_travel_permit_runs_by_the_date_of_birth_on_it(self) -> None:
        parent = make.representative()
        child = Card(name="陈小港", id_number="H10293848", born_on=date(2020, 3, 4))

        mandate_id = establish(parent, child)

        assert Mandate.objects.get(id=mandate_id).valid_until == date(2038, 3, 4)

    def test_asks_for_the_date_of_birth_beside_a_travel_permit(self) -> None:
        parent = make.representative()

        with pytest.raises(InvalidInput) as caught:
            establish(parent, Card(name="陈小港", id_number="H10293848"))

        assert set(caught.value.fields) == {"ward.born_on"}
        assert not Mandate.objects.exists()

    def test_says_on_whose_card_something_is_wrong(self) -> None:
        parent = make.representative()

        with pytest.raises(InvalidInput) as caught:
            establish(parent, Card(name="孙小宝", id_number="511602201903040071"))

        assert set(caught.value.fields) == {"ward.id_number"}

    def test_is_for_clerks(self) -> None:
        parent = make.representative()

        for actor in (parent, people.staff(Post.REVIEW), people.NODE):
            with pytest.raises(NotPermitted):
                services.establish_guardianship(
                    guardian=card_of(parent),
                    ward=CHILD,
                    evidence=Evidence.HOUSEHOLD_BOOK,
                    note="户口簿",
                    actor=actor,
                    at=NOW,
                )


class TestEndByClerk:
    def test_ends_a_guardianship_on_evidence(self) -> None:
        parent = make.representative()
        mandate_id = establish(parent)

        services.end_by_clerk(
            mandate_id=mandate_id, note="(2026) 川 1602 民特 2 号", actor=people.staff(Post.COUNTER), at=NOW
        )

        row = Mandate.objects.get()
        assert (row.end_reason, row.end_note) == (EndReason.GUARDIANSHIP_ENDED, "(2026) 川 1602 民特 2 号")
        assert selectors.choices(actor=parent, at=NOW) == []

    def test_is_not_the_guardians_to_end(self) -> None:
        parent = make.representative()
        mandate_id = establish(parent)

        with pytest.raises(NotFound):
            services.end_mandate(mandate_id=mandate_id, actor=parent, at=NOW)
        with pytest.raises(NotPermitted):
            services.end_by_clerk(mandate_id=mandate_id, note="不想管了", actor=parent, at=NOW)

        assert len(selectors.choices(actor=parent, at=NOW)) == 1

    def test_leaves_the_mandates_of_entities_to_them(self) -> None:
        boss, agent = make.representative(), make.representative()
        mandate_id = make.mandate(boss, agent, entity_id=make.company(boss))

        with pytest.raises(NotFound):
            services.end_by_clerk(
                mandate_id=mandate_id, note="口头要求", actor=people.staff(Post.COUNTER), at=NOW
            )


class TestEstablishRelative:
    ELDER = Card(
        name="赵高龄",
        id_number=people.id_number(born_on=date(1935, 8, 8), sequence=5),
        mobile="15400000006",
    )

    def test_offers_what_an_elder_without_account_has_agreed_to_by_code(
        self, codes: RecordingCodeSender
    ) -> None:
        relative, clerk = make.representative(name="唐代办"), people.staff(Post.COUNTER)
        services.request_consent_code(elder=self.ELDER, actor=clerk, address=None, at=NOW)

        receipt = services.establish_relative(
            elder=self.ELDER,
            relative=card_of(relative),
            code=codes.sent[-1][1],
            grant=make.grant(),
            actor=clerk,
            at=NOW,
        )

        assert codes.sent[-1][0] == "15400000006"
        [offer] = selectors.offered(actor=relative, at=NOW)
        assert (offer.id, offer.kind, offer.grantor_name) == (
            receipt.mandate_id,
            MandateKind.RELATIVE,
            "赵*龄",
        )
        accepted = services.accept_mandate(mandate_id=receipt.mandate_id, actor=relative, at=NOW)
        assert accepted.state is MandateState.IN_FORCE

    def test_grants_nothing_without_the_code(self, codes: RecordingCodeSender) -> None:
        relative, clerk = make.representative(name="唐代办"), people.staff(Post.COUNTER)
        services.request_consent_code(elder=self.ELDER, actor=clerk, address=None, at=NOW)
        wrong = "000000" if codes.sent[-1][1] != "000000" else "111111"

        with pytest.raises(CodeNotAccepted):
            services.establish_relative(
                elder=self.ELDER,
                relative=card_of(relative),
                code=wrong,
                grant=make.grant(),
                actor=clerk,
                at=NOW,
            )

        assert not Mandate.objects.exists()

    def test_sends_the_code_to_the_mobile_that_is_known(self, codes: RecordingCodeSender) -> None:
        elder, clerk = make.representative(name="赵高龄"), people.staff(Post.COUNTER)
        card = card_of(elder)
        sent_before = len(codes.sent)

        with pytest.raises(InvalidInput) as caught:
            services.request_consent_code(
                elder=Card(name=card.name, id_number=card.id_number, mobile="15499999999"),
                actor=clerk,
                address=None,
                at=NOW + timedelta(minutes=5),
            )

        assert set(caught.value.fields) == {"elder.mobile"}
        assert len(codes.sent) == sent_before
