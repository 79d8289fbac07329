"""
Asking a base register over the API: yes or no.
"""

from pathlib import Path

import pytest

from tests.factories import api
from tests.integration.resources.registers.registers import LI, WANG, load, prepare

pytestmark = pytest.mark.django_db
QUESTION = {
    "register": "POPULATION",
    "key": WANG["id_number"],
    "claims": {"name": WANG["name"], "household_address": "别处"},
    "purpose": "EXAMINATION",
    "legal_basis": "行政许可法第34条",
}


@pytest.fixture(autouse=True)
def registers(tmp_path: Path) -> None:
    prepare()
    load(tmp_path, WANG)


def test_answers_a_system_that_may_ask() -> None:
    caller = api.system("registers:verify")

    answered = caller.post("/register-verifications", QUESTION)
    unknown = caller.post("/register-verifications", {**QUESTION, "key": LI["id_number"]})

    assert answered.status_code == 200
    assert answered.json()["answers"] == {"name": "yes", "household_address": "no"}
    assert unknown.json()["answers"] == {"name": "unknown", "household_address": "unknown"}


@pytest.mark.parametrize(
    ("scope", "changes", "status"),
    [
        ("cases:read", {}, 403),
        ("registers:verify", {"purpose": ""}, 422),
        ("registers:verify", {"claims": {}}, 422),
        ("registers:verify", {"claims": {"blood": "A"}}, 422),
        ("registers:verify", {"key": "1"}, 422),
        ("registers:verify", {"register": "NONE"}, 422),
    ],
)
def test_refuses_what_may_not_be_asked(scope: str, changes: dict[str, object], status: int) -> None:
    assert api.system(scope).post("/register-verifications", {**QUESTION, **changes}).status_code == status
