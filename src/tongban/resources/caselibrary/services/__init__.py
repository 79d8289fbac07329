"""
What is done with the case library.
"""

from tongban.resources.caselibrary.services.demonstration import DemoCase, load_demo_cases
from tongban.resources.caselibrary.services.exporting import (
    ExportFile,
    ExportQuestion,
    exported,
    zipped,
)
from tongban.resources.caselibrary.services.faults import note_missing
from tongban.resources.caselibrary.services.own import WholeCase, held_contents, take_own
from tongban.resources.caselibrary.services.pushing import begin_push_back, end_push_back
from tongban.resources.caselibrary.services.taking import Taken, swept, take
from tongban.resources.caselibrary.services.tallies import fold as fold_tallies

__all__ = [
    "DemoCase",
    "ExportFile",
    "ExportQuestion",
    "Taken",
    "WholeCase",
    "begin_push_back",
    "end_push_back",
    "exported",
    "fold_tallies",
    "held_contents",
    "load_demo_cases",
    "note_missing",
    "swept",
    "take",
    "take_own",
    "zipped",
]
