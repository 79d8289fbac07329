from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories.mandates import COMPANY, NOW
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.support.identity.values import AssuranceLevel
from tongban.support.mandates import selectors, services
from tongban.support.mandates.models import LegalEntity, Mandate, MandateLog
from tongban.support.mandates.ports import KnownEntities, RegisterAnswer
from tongban.support.mandates.values import EndReason, EntityKind, EntityStatus, LogKind, MandateKind

pytestmark = pytest.mark.django_db


class TestRegisterEntity:
    def test_gives_the_representative_all_rights_without_term(self, register: KnownEntities) -> None:
        boss = make.representative()
        code = make.credit_code()
        make.register_knows(register, boss, code=code)

        receipt = services.register_entity(credit_code=code.lower(), name=COMPANY, actor=boss, at=NOW)

        assert receipt.is_new
        principal = selectors.principal_of(
            mandate_id=receipt.mandate_id, person_id=UUID(boss.person_id or ""), at=NOW + timedelta(days=9000)
        )
        assert principal is not None
        assert (principal.id, principal.name, principal.items) == (str(receipt.entity_id), COMPANY, None)
        assert len(principal.functions) == 4
        [view] = selectors.my_entities(actor=boss, at=NOW)
        assert (view.kind, view.status, view.is_representative) == (
            EntityKind.ENTERPRISE,
            EntityStatus.ACTIVE,
            True,
        )

    def test_changes_nothing_when_repeated(self, register: KnownEntities) -> None:
        boss = make.representative()
        code = make.credit_code()
        make.register_knows(register, boss, code=code)
        first = services.register_entity(credit_code=code, name=COMPANY, actor=boss, at=NOW)

        again = services.register_entity(credit_code=code, name=COMPANY, actor=boss, at=NOW)

        assert (again.entity_id, again.mandate_id) == (first.entity_id, first.mandate_id)
        assert not again.is_new
        assert Mandate.objects.count() == 1

    @pytest.mark.parametrize("answer", ["unknown", "other name", "other representative", "deregistered"])
    def test_says_the_same_whatever_the_register_objects_to(
        self, register: KnownEntities, answer: str
    ) -> None:
        boss, somebody = make.representative(), make.representative(name="周体验")
        code = make.credit_code()
        if answer != "unknown":
            make.register_knows(register, somebody if answer == "other representative" else boss, code=code)
        if answer == "deregistered":
            register.deregistered.add(code)

        with pytest.raises(services.EntityNotConfirmed) as caught:
            services.register_entity(
                credit_code=code,
                name="另一家有限公司" if answer == "other name" else COMPANY,
                actor=boss,
                at=NOW,
            )

        assert caught.value.facts == {"credit_code": code}
        assert not LegalEntity.objects.exists()
        assert not Mandate.objects.exists()

    def test_changes_nothing_while_the_register_is_down(self, register: KnownEntities) -> None:
        boss = make.representative()
        register.is_down = True

        with pytest.raises(services.RegisterUnavailable):
            services.register_entity(credit_code=make.credit_code(), name=COMPANY, actor=boss, at=NOW)

        assert not LegalEntity.objects.exists()

    def test_names_every_wrong_field_and_asks_nobody(self, register: KnownEntities) -> None:
        boss = make.representative()

        with pytest.raises(InvalidInput) as caught:
            services.register_entity(credit_code="91511602MA0000001A", name=" ", actor=boss, at=NOW)

        assert set(caught.value.fields) == {"credit_code", "name"}
        assert register.asked == []

    def test_refuses_who_is_not_known_well_enough(self, register: KnownEntities) -> None:
        weak = people.citizen(level=AssuranceLevel.MOBILE)

        with pytest.raises(NotPermitted) as caught:
            services.register_entity(credit_code=make.credit_code(), name=COMPANY, actor=weak, at=NOW)

        assert caught.value.facts["reason"] == "LEVEL_TOO_LOW"
        assert register.asked == []

    def test_refuses_who_acts_for_somebody_else(self) -> None:
        boss = make.representative()
        make.company(boss)
        [choice] = selectors.choices(actor=boss, at=NOW)

        with pytest.raises(NotPermitted) as caught:
            services.register_entity(
                credit_code=make.credit_code(),
                name=COMPANY,
                actor=make.acting(boss, choice.mandate_id),
                at=NOW,
            )

        assert caught.value.facts["reason"] == "ACTS_FOR_ANOTHER"

    def test_keeps_no_personal_data_in_clear(self, register: KnownEntities) -> None:
        make.company(make.representative(), register=register)

        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(t::text, '') FROM mandates_mandate t")
            mandates = cursor.fetchone()[0]
            cursor.execute("SELECT string_agg(t::text, '') FROM mandates_legalentity t")
            entities = cursor.fetchone()[0]

        assert "孙创业" not in mandates + entities
        assert "示例路" not in entities
        assert COMPANY in entities


class TestAnotherRepresentative:
    def test_takes_over_what_the_old_one_could_do_and_leaves_the_agents(
        self, register: KnownEntities
    ) -> None:
        old, new, agent = make.representative(), make.representative(name="周体验"), make.representative()
        code = make.credit_code()
        entity_id = make.company(old, register=register, code=code)
        agents = make.mandate(old, agent, entity_id=entity_id)
        [own] = selectors.choices(actor=old, at=NOW)
        make.register_knows(register, new, code=code)

        receipt = services.register_entity(credit_code=code, name=COMPANY, actor=new, at=NOW)

        assert receipt.entity_id == entity_id
        assert selectors.choices(actor=old, at=NOW) == []
        assert Mandate.objects.get(id=own.mandate_id).end_reason == EndReason.REPRESENTATIVE_CHANGED
        assert [choice.kind for choice in selectors.choices(actor=new, at=NOW)] == [
            MandateKind.REPRESENTATIVE
        ]
        assert [choice.mandate_id for choice in selectors.choices(actor=agent, at=NOW)] == [agents]

    def test_can_take_back_what_the_old_one_granted(self, register: KnownEntities) -> None:
        old, new, agent = make.representative(), make.representative(name="周体验"), make.representative()
        code = make.credit_code()
        entity_id = make.company(old, register=register, code=code)
        agents = make.mandate(old, agent, entity_id=entity_id)
        make.register_knows(register, new, code=code)
        services.register_entity(credit_code=code, name=COMPANY, actor=new, at=NOW)

        services.end_mandate(mandate_id=agents, actor=new, at=NOW)

        assert selectors.choices(actor=agent, at=NOW) == []
        with pytest.raises(NotFound):
            services.end_mandate(mandate_id=agents, actor=old, at=NOW)

    def test_is_learnt_at_the_next_use(self, register: KnownEntities) -> None:
        old, new = make.representative(), make.representative(name="周体验")
        code = make.credit_code()
        make.company(old, register=register, code=code)
        [own] = selectors.choices(actor=old, at=NOW)
        make.register_knows(register, new, code=code)
        later = NOW + timedelta(days=2)

        services.check_if_stale(mandate_id=own.mandate_id, actor=old, at=later)

        assert selectors.choices(actor=old, at=later) == []

    def test_is_not_asked_about_at_every_use(self, register: KnownEntities) -> None:
        boss = make.representative()
        make.company(boss, register=register)
        [own] = selectors.choices(actor=boss, at=NOW)
        register.asked.clear()

        services.check_if_stale(mandate_id=own.mandate_id, actor=boss, at=NOW + timedelta(hours=1))

        assert register.asked == []

    def test_of_whom_nothing_is_known_leaves_the_entity_without_one_who_can_act(
        self, register: KnownEntities
    ) -> None:
        old, new, agent = make.representative(), make.representative(name="周体验"), make.representative()
        code = make.credit_code()
        entity_id = make.company(old, register=register, code=code)
        make.mandate(old, agent, entity_id=entity_id)
        make.register_knows(register, new, code=code)

        receipt = services.check_entity(entity_id=entity_id, actor=people.NODE, at=NOW)

        assert receipt.answer == RegisterAnswer.OTHER_REPRESENTATIVE
        assert receipt.ended_mandates == 1
        assert selectors.choices(actor=old, at=NOW) == []
        assert len(selectors.choices(actor=agent, at=NOW)) == 1
        with pytest.raises(NotFound):
            make.mandate(old, make.representative(), entity_id=entity_id)


class TestCheckDueEntities:
    def test_ends_everything_of_an_entity_that_is_no_more(self, register: KnownEntities) -> None:
        boss, agent = make.representative(), make.representative()
        code = make.credit_code()
        entity_id = make.company(boss, register=register, code=code)
        make.mandate(boss, agent, entity_id=entity_id)
        register.deregistered.add(code)

        looked_at = services.check_due_entities(at=NOW + timedelta(days=2))

        assert looked_at == 1
        assert selectors.choices(actor=boss, at=NOW) == []
        assert selectors.choices(actor=agent, at=NOW) == []
        entity = LegalEntity.objects.get(id=entity_id)
        assert entity.status == EntityStatus.DEREGISTERED
        assert set(Mandate.objects.values_list("end_reason", flat=True)) == {EndReason.ENTITY_DEREGISTERED}

    def test_leaves_everything_while_the_register_is_down(self, register: KnownEntities) -> None:
        boss = make.representative()
        entity_id = make.company(boss, register=register)
        register.is_down = True

        services.check_due_entities(at=NOW + timedelta(days=2))

        assert len(selectors.choices(actor=boss, at=NOW)) == 1
        assert LegalEntity.objects.get(id=entity_id).checked_at == NOW

    def test_does_not_ask_twice_a_day(self, register: KnownEntities) -> None:
        make.company(make.representative(), register=register)
        register.asked.clear()

        assert services.check_due_entities(at=NOW + timedelta(hours=20)) == 0
        assert services.check_due_entities(at=NOW + timedelta(hours=25)) == 1
        assert services.check_due_entities(at=NOW + timedelta(hours=26)) == 0
        assert len(register.asked) == 1


class TestEntity:
    def test_is_nobodys_business_but_of_those_who_act_for_it(self, register: KnownEntities) -> None:
        boss, agent, stranger = make.representative(), make.representative(), make.representative()
        entity_id = make.company(boss, register=register)
        make.mandate(boss, agent, entity_id=entity_id)

        assert selectors.entity(entity_id=entity_id, actor=agent, at=NOW).is_representative is False
        with pytest.raises(NotFound):
            selectors.entity(entity_id=entity_id, actor=stranger, at=NOW)
        with pytest.raises(NotFound):
            selectors.given_by_entity(entity_id=entity_id, actor=agent, at=NOW)

    def test_keeps_a_log_that_nobody_can_change(self, register: KnownEntities) -> None:
        boss = make.representative()
        entity_id = make.company(boss, register=register)

        [line] = selectors.entity_log(entity_id=entity_id, actor=boss, at=NOW)

        assert (line.kind, line.actor_name) == (LogKind.REGISTERED, boss.name)
        with pytest.raises(DatabaseError), transaction.atomic():
            MandateLog.objects.update(actor_name="somebody")
        with pytest.raises(DatabaseError), transaction.atomic():
            MandateLog.objects.all().delete()

    def test_cannot_be_without_representative(self, register: KnownEntities) -> None:
        entity_id = make.company(make.representative(), register=register)

        with pytest.raises(IntegrityError), transaction.atomic():
            LegalEntity.objects.filter(id=entity_id).update(representative=None)

    def test_has_one_representative_at_a_time(self, register: KnownEntities) -> None:
        make.company(make.representative(), register=register)
        own = Mandate.objects.get()
        own.pk = None
        own.id = UUID(int=1)

        with pytest.raises(IntegrityError), transaction.atomic():
            own.save(force_insert=True)
