"""
`tongban fill-library`: bring the cases of before into the case library.
"""

import json
import sys
from typing import Annotated

import typer
from django.utils.translation import gettext as _

from tongban.business.casework import services
from tongban.business.casework.management.progress import case_bar
from tongban.foundation import clock


def fill_library(
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Bring every case of this node into the case library, and tell the node above. Repeating it changes nothing.

    Cases may go on meanwhile: each comes by itself as it changes.
    """
    total = services.count_cases()
    with case_bar("办件库", total=total, is_quiet=as_json) as on_progress:
        changed = services.fill_library(at=clock.now(), on_progress=on_progress)
    if as_json:
        sys.stdout.write(json.dumps({"ok": True, "cases": total, "changed": changed}) + "\n")
    else:
        print(_("已汇入办件库，%(changed)s 行有变化") % {"changed": changed})
