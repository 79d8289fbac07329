"""
Publishing one offering, its versions, and taking it out of use.
"""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories.catalogue import AT, FAULTY_AGENCY, NODE, editor, item, publish
from tongban.business.catalogue import services
from tongban.business.catalogue.models import CodeItem, OfferingVersion, ServiceDefinition, ServiceOffering
from tongban.business.catalogue.selectors import UnknownOffering
from tongban.business.catalogue.services.publishing import CodesNotAccepted
from tongban.business.catalogue.values import OfferingState, PublishOutcome
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import NotPermitted

pytestmark = pytest.mark.django_db


def announced(topic: str) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM foundation_announcement WHERE topic = %s ORDER BY id", [topic])
        return [row[0] if isinstance(row[0], dict) else json.loads(row[0]) for row in cursor.fetchall()]


def audited(action: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM foundation_audit WHERE action = %s", [action])
        return int(cursor.fetchone()[0])


class TestCodes:
    @pytest.fixture(autouse=True)
    def _code_lists(self) -> None:
        services.load_code_lists(actor=NODE, at=AT)

    @pytest.mark.parametrize(
        ("elements", "fields"),
        [
            (
                {"service_type": "99", "legal_themes": ["777"]},
                {
                    "elements.service_type": "代码表 T1 中没有“99”",
                    "elements.legal_themes": "代码表 LEGAL_THEME 中没有“777”",
                },
            ),
            ({"service_type": "０１"}, {"elements.service_type": "编码和号码只能用半角字母和数字"}),
            ({"complaint_phone": "12345１"}, {"elements.complaint_phone": "编码和号码只能用半角字母和数字"}),
            (
                {"is_charged": True, "fee_items": [{"name": "工本费", "price": "１0", "unit": "元/本"}]},
                {"elements.fee_items.price": "编码和号码只能用半角字母和数字"},
            ),
        ],
    )
    def test_that_nobody_knows_are_refused(self, elements: dict[str, Any], fields: dict[str, str]) -> None:
        with pytest.raises(CodesNotAccepted) as refused:
            publish("A-1", **elements)

        assert refused.value.fields == fields
        assert not ServiceOffering.objects.exists()

    def test_that_are_known_are_taken(self) -> None:
        receipt = publish("A-1", service_type="20", name="生产建设项目审批（省政府令第３４９号）")

        assert receipt.outcome is PublishOutcome.NEW

    def test_of_a_list_that_is_not_loaded_are_taken(self) -> None:
        CodeItem.objects.all().delete()

        assert publish("A-1", service_type="99").outcome is PublishOutcome.NEW


class TestPublishOffering:
    def test_makes_version_one_of_a_new_offering(self) -> None:
        receipt = publish("A-1")

        assert (receipt.outcome, receipt.version) == (PublishOutcome.NEW, 1)
        assert announced("catalogue.offering_published") == [
            {"offering_id": receipt.offering_id, "code": "A-1", "version": 1}
        ]
        assert audited("catalogue.offering.publish") == 1

    def test_changes_and_announces_nothing_when_nothing_changed(self) -> None:
        first = publish("A-1")

        again = publish("A-1", at=AT + timedelta(days=1))

        assert again.outcome is PublishOutcome.UNCHANGED
        assert (again.version, again.digest) == (1, first.digest)
        assert OfferingVersion.objects.count() == 1
        assert len(announced("catalogue.offering_published")) == 1

    def test_makes_a_new_version_of_changed_elements_and_ends_the_one_before(self) -> None:
        publish("A-1")

        receipt = publish("A-1", at=AT + timedelta(days=7), promised_limit={"amount": 3})

        assert (receipt.outcome, receipt.version) == (PublishOutcome.CHANGED, 2)
        ends = list(
            OfferingVersion.objects.order_by("version").values_list("effective_from", "effective_until")
        )
        assert ends == [(date(2026, 11, 23), date(2026, 11, 30)), (date(2026, 11, 30), None)]
        assert ServiceOffering.objects.get().promised_amount == 3

    def test_numbers_an_offering_without_a_national_code_itself_and_keeps_the_number(self) -> None:
        first = publish("A-1", agency_code=FAULTY_AGENCY)
        changed = publish("A-1", agency_code=FAULTY_AGENCY, name="新名称")
        other = publish("A-2", agency_code=FAULTY_AGENCY)

        assert first.case_prefix[:20] == "00111111111111111149"
        assert len(first.case_prefix) == 31
        assert changed.case_prefix == first.case_prefix
        assert other.case_prefix != first.case_prefix

    def test_takes_a_valid_national_code_as_the_prefix_of_case_numbers(self) -> None:
        receipt = publish("A-1", implementation_code="11450721MB155808114000104002000")

        assert receipt.case_prefix == "11450721MB155808114000104002000"

    def test_keeps_a_faulty_body_code_and_flags_it(self) -> None:
        publish("A-1", body_code="083372204")

        offering = ServiceOffering.objects.get()
        assert (offering.body_code, offering.codes_are_valid) == ("083372204", False)

    def test_puts_the_offering_under_its_definition_and_main_item(self) -> None:
        publish(
            "A-1",
            basic_code="000164213003",
            item_main_item={"name": "林木采伐许可证核发", "basic_code": "00016421300Y"},
        )

        definition = ServiceDefinition.objects.get(code="000164213003")
        assert definition.parent is not None
        assert (definition.parent.name, definition.parent.basic_code) == ("林木采伐许可证核发", "")

    def test_refuses_elements_that_contradict_one_another(self) -> None:
        with pytest.raises(services.ElementsContradict) as refusal:
            publish("A-1", materials=[{"code": "a", "name": "甲", "situations": ["q.a"]}])

        assert list(refusal.value.fields) == ["materials.situations"]
        assert not ServiceOffering.objects.exists()

    def test_refuses_what_is_not_yet_in_force(self) -> None:
        with pytest.raises(services.NotYetEffective):
            publish("A-1", item_effective_from="2026-11-24")

        assert not ServiceOffering.objects.exists()

    def test_leaves_the_offering_of_another_source_alone(self) -> None:
        publish("A-1")

        with pytest.raises(services.OfferingOfOtherSource):
            services.publish_offering(item=item("A-1", name="别名"), source="other", actor=NODE, at=AT)

        assert ServiceOffering.objects.get().current_version == 1

    def test_lets_an_editor_publish_for_the_own_agency_only(self) -> None:
        services.publish_offering(item=item("A-1"), source="tests", actor=editor(), at=AT)

        with pytest.raises(NotPermitted):
            services.publish_offering(
                item=item("A-2"), source="tests", actor=editor("11000000000000000X"), at=AT
            )

        assert ServiceOffering.objects.count() == 1

    def test_does_not_let_an_editor_take_over_another_agency_s_offering(self) -> None:
        publish("A-1")
        thief = "11511301008778255F"

        with pytest.raises(NotPermitted):
            services.publish_offering(
                item=item("A-1", agency_code=thief), source="tests", actor=editor(thief), at=AT
            )

        assert ServiceOffering.objects.get().current_version == 1

    def test_is_refused_to_the_public(self) -> None:
        with pytest.raises(NotPermitted):
            services.publish_offering(item=item("A-1"), source="tests", actor=ANONYMOUS, at=AT)


class TestVersions:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE catalogue_offeringversion SET elements = '{}'",
            "UPDATE catalogue_offeringversion SET digest = 'x'",
            "DELETE FROM catalogue_offeringversion",
        ],
    )
    def test_cannot_be_changed_even_by_sql(self, statement: str) -> None:
        publish("A-1")

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

        assert OfferingVersion.objects.count() == 1


class TestStates:
    def test_go_from_use_to_suspended_and_back_to_retired(self) -> None:
        publish("A-1")

        states = [
            change(code="A-1", actor=NODE, at=AT, reason="测试").state
            for change in (services.suspend_offering, services.resume_offering, services.retire_offering)
        ]

        assert states == [OfferingState.SUSPENDED, OfferingState.IN_USE, OfferingState.RETIRED]
        assert [fact["state"] for fact in announced("catalogue.offering_state_changed")] == [
            "SUSPENDED",
            "IN_USE",
            "RETIRED",
        ]
        assert audited("catalogue.offering.change_state") == 3

    def test_are_final_once_retired(self) -> None:
        publish("A-1")
        services.retire_offering(code="A-1", actor=NODE, at=AT, reason="取消")

        with pytest.raises(services.StateChangeNotAllowed):
            services.resume_offering(code="A-1", actor=NODE, at=AT, reason="恢复")

        assert ServiceOffering.objects.get().state == OfferingState.RETIRED

    def test_changed_here_stay_when_the_feed_says_the_same_again(self) -> None:
        publish("A-1")
        services.suspend_offering(code="A-1", actor=NODE, at=AT, reason="整改")

        publish("A-1", name="新名称")

        offering = ServiceOffering.objects.get()
        assert (offering.state, offering.current_version) == (OfferingState.SUSPENDED, 2)

    def test_follow_the_feed_when_it_says_something_new(self) -> None:
        publish("A-1")

        receipt = publish("A-1", item_state="SUSPENDED")

        assert (receipt.outcome, receipt.version) == (PublishOutcome.CHANGED, 1)
        assert ServiceOffering.objects.get().state == OfferingState.SUSPENDED

    def test_of_an_unknown_offering_cannot_change(self) -> None:
        with pytest.raises(UnknownOffering):
            services.suspend_offering(code="none", actor=NODE, at=AT, reason="测试")
