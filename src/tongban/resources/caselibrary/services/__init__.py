"""
What is done with the case library.
"""

from tongban.resources.caselibrary.services.demonstration import DemoCase, load_demo_cases
from tongban.resources.caselibrary.services.exporting import (
    ExportFile,
    exported,
    zipped,
)
from tongban.resources.caselibrary.services.exports import (
    ask_for_export,
    expire_exports,
    make_export,
    open_export,
    stop_export,
)
from tongban.resources.caselibrary.services.faults import note_missing
from tongban.resources.caselibrary.services.own import WholeCase, held_contents, take_own
from tongban.resources.caselibrary.services.pushing import begin_push_back, end_push_back
from tongban.resources.caselibrary.services.taking import Taken, swept, take
from tongban.resources.caselibrary.services.tallies import fold as fold_tallies

__all__ = [
    "DemoCase",
    "ExportFile",
    "Taken",
    "WholeCase",
    "ask_for_export",
    "begin_push_back",
    "end_push_back",
    "expire_exports",
    "exported",
    "fold_tallies",
    "held_contents",
    "load_demo_cases",
    "make_export",
    "note_missing",
    "open_export",
    "stop_export",
    "swept",
    "take",
    "take_own",
    "zipped",
]
