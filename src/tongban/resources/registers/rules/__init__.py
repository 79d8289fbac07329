"""
How rows are cleaned, whose they are, and whose word holds: pure functions over values.
"""

from tongban.resources.registers.rules.authority import is_authoritative, role_of
from tongban.resources.registers.rules.cleaning import Cleaned, clean_row, clean_value
from tongban.resources.registers.rules.matching import Held, Outcome, Verdict, aliases_of, decide, subjects_of
from tongban.resources.registers.rules.merging import Merged, Noted, Said, merge
from tongban.resources.registers.rules.showing import day_of, in_words, masked

__all__ = [
    "Cleaned",
    "Held",
    "Merged",
    "Noted",
    "Outcome",
    "Said",
    "Verdict",
    "aliases_of",
    "clean_row",
    "clean_value",
    "day_of",
    "decide",
    "in_words",
    "is_authoritative",
    "masked",
    "merge",
    "role_of",
    "subjects_of",
]
