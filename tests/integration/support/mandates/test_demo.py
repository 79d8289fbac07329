import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories.mandates import NOW
from tongban.foundation.errors import NotPermitted
from tongban.support.identity.values import AssuranceLevel
from tongban.support.mandates import selectors, services
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.mandates.values import MandateKind

pytestmark = pytest.mark.django_db
AREA = Path(__file__).parents[4] / "data/guangan"


def rows() -> Any:
    return json.loads((AREA / "mandates.json").read_text(encoding="utf-8"))


def demo_people() -> dict[str, Any]:
    lines = (AREA / "persons.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        line["name"]: people.citizen(
            name=line["name"],
            number=line["id_number"],
            phone=line["mobile"],
            level=AssuranceLevel.DATA_CHECK,
        )
        for line in map(json.loads, lines)
    }


class TestLoadDemoMandates:
    def test_lets_demo_people_act_for_one_another(self) -> None:
        known = demo_people()

        made = services.load_demo_mandates(rows=rows(), actor=people.NODE, at=NOW)

        assert made == 3
        assert [
            (choice.name, choice.kind) for choice in selectors.choices(actor=known["马出行"], at=NOW)
        ] == [("广安演示建筑有限公司", MandateKind.AGENT)]
        assert [choice.kind for choice in selectors.choices(actor=known["孙创业"], at=NOW)] == [
            MandateKind.REPRESENTATIVE
        ]
        assert [choice.name for choice in selectors.choices(actor=known["陈演示"], at=NOW)] == ["刘*寿"]

    def test_changes_nothing_when_repeated(self) -> None:
        demo_people()
        services.load_demo_mandates(rows=rows(), actor=people.NODE, at=NOW)

        assert services.load_demo_mandates(rows=rows(), actor=people.NODE, at=NOW) == 0
        assert (LegalEntity.objects.count(), Mandate.objects.count()) == (1, 3)

    def test_makes_nothing_for_who_is_not_there(self) -> None:
        assert services.load_demo_mandates(rows=rows(), actor=people.NODE, at=NOW) == 0
        assert not LegalEntity.objects.exists()

    def test_is_for_the_node_only(self) -> None:
        for actor in (make.representative(), people.staff()):
            with pytest.raises(NotPermitted):
                services.load_demo_mandates(rows=rows(), actor=actor, at=NOW)

    def test_names_a_company_that_the_simulated_register_knows(self) -> None:
        register = AREA.parents[1] / "simulators/authority/entities.json"
        known = {row["credit_code"]: row for row in json.loads(register.read_text(encoding="utf-8"))}

        for entity in rows()["entities"]:
            row = known[entity["credit_code"]]
            assert row["name"] == entity["name"]
            assert row["representative_number"] == entity["representative"]["id_number"]
            assert row["status"] == "ACTIVE"
