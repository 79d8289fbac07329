"""
The list is long enough; runs last.
"""

import pytest

from tests.identity_proof.attacks.area import COUNTED
from tests.identity_proof.attacks.conftest import FEWEST
from tests.identity_proof.attacks.payloads import ELSEWHERE, EXTRA_FIELDS, HOSTS, INJECTIONS
from tests.identity_proof.attacks.test_uploads import REFUSED, TEXTS

FAMILIES = {
    "injection",
    "open redirection",
    "foreign host",
    "odd request",
    "foreign ids",
    "enumeration",
    "forged token",
    "forged session",
    "session fixation",
    "replay",
    "foreign form",
    "mass assignment",
    "race",
    "pattern",
    "upload",
    "text",
}


class TestCount:
    def test_of_different_inputs_is_more_than_promised(self) -> None:
        different = (
            len(INJECTIONS) + len(ELSEWHERE) + len(HOSTS) + len(EXTRA_FIELDS) + len(REFUSED) + len(TEXTS)
        )

        assert different >= 150

    def test_of_tries_is_more_than_promised(self) -> None:
        if FAMILIES - set(COUNTED):
            pytest.skip("only a part of the list was run")

        assert sum(number for family, number in COUNTED.items() if family != "pattern") >= FEWEST
