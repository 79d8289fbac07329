"""
At the end, how much was tried.
"""

import pytest

from tests.identity_proof.attacks.area import COUNTED

FEWEST = 300
PATTERNS = "pattern"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """
    Print the count of the attack list.
    """
    if COUNTED:
        requests = {family: number for family, number in sorted(COUNTED.items()) if family != PATTERNS}
        told = ", ".join(f"{family} {number}" for family, number in requests.items())
        texts = COUNTED.get(PATTERNS, 0)
        terminalreporter.write_line(
            f"attack list: {sum(requests.values())} bad inputs ({told}); {texts} texts for patterns"
        )
