"""
The demonstration's catalogue: whole, in several states, with the base registers under their codes.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.factories.life import AT
from tongban.foundation.actors import system_actor
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.models import Dataset
from tongban.resources.registers.values import definitions

pytestmark = pytest.mark.django_db
AREA = Path(__file__).parents[4] / "data" / "guangan"
FILE = AREA / "datasets.jsonl"


def test_the_demonstration_has_datasets_in_several_states_and_every_base_register() -> None:
    actor = system_actor("tests.load_area")
    lines = (AREA / "agencies.jsonl").read_text(encoding="utf-8").splitlines()
    agencies = {row["code"]: row["name"] for row in map(json.loads, lines)}

    brought = services.load_demo(FILE, agencies=agencies, actor=actor, at=AT)
    again = services.load_demo(FILE, agencies=agencies, actor=actor, at=AT)

    states = Counter(Dataset.objects.values_list("state", "open_state"))
    assert (brought, again) == (23, 0)
    assert states == {("IN_USE", ""): 19, ("NEW", "IN_REVIEW"): 2, ("NEW", "DRAFT"): 2}
    assert all(selectors.published(each.dataset_code) for each in definitions.DEFINITIONS.values())
