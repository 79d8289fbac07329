"""
What each reading operation costs: a number of statements that does not grow with what there is to read.
"""

import json
import re
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import mandates
from tests.factories.api import Caller, World, citizen, nobody, staff, system
from tongban.foundation import clock
from tongban.support.identity.values import AssuranceLevel, Role

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "openapi-v1.json"
NAME = re.compile(r"(?<={)\w+(?=})")
MADE_BY_A_JOB = {"/api/v1/me/copies/{}"}
"""Answers that a job makes before; giving one out costs what a file costs."""

COSTS = [
    ("nobody", "/divisions", 1),
    ("nobody", "/agencies", 1),
    ("nobody", "/offerings", 1),
    ("nobody", "/offerings/{offering_code}", 1),
    ("nobody", "/offerings/{offering_code}/versions", 1),
    ("nobody", "/themes", 3),
    ("nobody", "/search?q=卫生许可", 3),
    ("nobody", "/search/suggestions?q=卫生", 1),
    ("nobody", "/progress?number={case_number}&query_code={query_code}", 3),
    ("nobody", "/verifications/licences/{licence_identifier}", 2),
    ("nobody", "/verifications/tokens/{licence_token}", 2),
    ("citizen", "/me", 2),
    ("citizen", "/cases", 2),
    ("citizen", "/cases/{case_number}", 2),
    ("citizen", "/cases/{case_number}/timeline", 3),
    ("citizen", "/cases/{case_number}/clock", 5),
    ("citizen", "/cases/{case_number}/notices", 5),
    ("citizen", "/drafts/{draft_id}", 5),
    ("citizen", "/files/{file_id}", 6),
    ("citizen", "/messages", 2),
    ("citizen", "/messages/unread", 2),
    ("citizen", "/messages/{message_id}", 2),
    ("citizen", "/licences", 2),
    ("citizen", "/licences/{licence_identifier}", 3),
    ("clerk", "/cases", 2),
    ("clerk", "/cases/{case_number}", 2),
    ("clerk", "/cases/{case_number}?details=true", 6),
    ("clerk", "/cases/{case_number}/ledger", 6),
    ("clerk", "/work-items", 2),
    ("clerk", "/work-items/{work_item_id}", 2),
    ("clerk", "/licences", 2),
    ("system", "/me", 1),
    ("system", "/cases", 2),
    ("system", "/verifications/licences/{licence_identifier}", 2),
    ("citizen", "/me/assurance", 2),
    ("citizen", "/me/ledger", 2),
    ("citizen", "/me/objections", 2),
    ("citizen", "/me/data-requests", 2),
    ("citizen", "/principals", 2),
    ("citizen", "/mandates", 5),
    ("representative", "/mandates/{mandate_id}", 5),
    ("representative", "/legal-entities", 3),
    ("representative", "/legal-entities/{entity_id}/mandates", 3),
    ("clerk", "/objections", 2),
    ("operator", "/clients", 2),
    ("operator", "/relying-parties", 2),
    ("agency_system", "/work-items", 2),
    ("agency_system", "/work-items/{work_item_id}", 2),
    ("agency_system", "/work-items?case_number={case_number}", 2),
]


def callers(world: World) -> dict[str, Caller]:
    return {
        "nobody": nobody(),
        "citizen": world.citizen,
        "clerk": world.clerk,
        "system": world.system,
        "agency_system": system("handling:write", client_id="health-system"),
        "operator": staff(roles=(Role.OPERATOR,), login_name="keeper"),
        "representative": citizen(name="孙创业", phone="19911110001", level=AssuranceLevel.DATA_CHECK),
    }


def things(world: World, known: dict[str, Caller]) -> dict[str, object]:
    """
    Return the names of what there is to ask for: the world's, a company and the mandate of one who acts for it.
    """
    at = clock.now()
    representative = mandates.checked(known["representative"].actor, at=at)
    entity_id = mandates.company(representative, at=at)
    agent = citizen(name="马出行", phone="19911110002", level=AssuranceLevel.DATA_CHECK).actor
    mandate_id = mandates.mandate(representative, agent, entity_id=entity_id, at=at)
    return {
        **{field: getattr(world, field) for field in World.__dataclass_fields__},
        "entity_id": entity_id,
        "mandate_id": mandate_id,
    }


class TestReading:
    def test_is_looked_at_for_every_operation(self) -> None:
        document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
        reading = {
            NAME.sub("", path) for path, operations in document["paths"].items() if "get" in operations
        }

        counted = {NAME.sub("", f"/api/v1{path.partition('?')[0]}") for _name, path, _queries in COSTS}
        assert reading == counted | MADE_BY_A_JOB

    @pytest.mark.parametrize(("name", "path", "queries"), COSTS)
    def test_costs_a_fixed_number_of_queries(
        self,
        name: str,
        path: str,
        queries: int,
        world: World,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        known = callers(world)
        caller = known[name]
        address = path.format_map(things(world, known))
        caller.get(address).getvalue()

        with django_assert_num_queries(queries):
            response = caller.get(address)

        # A file that was not read to its end stays open.
        assert response.getvalue()
        assert response.status_code == 200
