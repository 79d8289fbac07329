"""
`tongban rebuild-projections`: make every case's row again from its events.
"""

import json
import sys
from typing import Annotated

import typer
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.business.casework import services
from tongban.business.casework.management.progress import case_bar
from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar


def rebuild_projections(
    case_number: Annotated[str | None, typer.Option("--case", help="Only this case, by its number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Derive every case's row from its events again, and say how many rows were different.

    Writers wait until it is done. Repeating it changes nothing.
    """
    total = 1 if case_number else services.count_cases()
    with case_bar(_("重建"), total=total, is_quiet=as_json) as on_progress:
        changed = services.rebuild_projections(
            at=clock.now(), calendar=current_calendar(), case_number=case_number, on_progress=on_progress
        )
    if as_json:
        sys.stdout.write(json.dumps({"ok": True, "changed": changed}) + "\n")
    elif changed:
        print(
            ngettext(
                "重建完成，%(changed)s 件与其事件不符，已改正",
                "重建完成，%(changed)s 件与其事件不符，已改正",
                changed,
            )
            % {"changed": changed}
        )
    else:
        print(_("重建完成，全部相符"))
