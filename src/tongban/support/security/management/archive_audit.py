"""
`tongban archive-audit`: an old month of the audit trail into a file, and out of the database.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from django.utils.translation import gettext as _

from tongban.foundation import audit_archive, clock
from tongban.foundation.actors import system_actor
from tongban.foundation.audit_chain import seal_settled

ACTOR = system_actor("archive-audit")


def archive_audit(
    month: Annotated[str, typer.Argument(help="The month, six digits: 202601.")],
    folder: Annotated[Path, typer.Option("--folder", help="Where the file is written, or lies.")] = Path(),
    drop: Annotated[
        bool,
        typer.Option("--drop", help="Remove the month from the database; its file must lie in the folder."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Write a month of the audit trail into a file, or, with --drop, remove a month that was written.

    A month can be removed when it is older than TONGBAN_AUDIT_KEEP_DAYS and its file holds what was sealed.
    Keep the file as long as you keep the anchors.
    """
    at = clock.now()
    seal_settled(at=at)
    act = audit_archive.drop_month if drop else audit_archive.export_month
    done = act(month=month, folder=folder, actor=ACTOR, at=at)
    if as_json:
        told = {"dropped": drop, **asdict(done), "file": str(done.file)}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    words = {"month": done.month, "rows": done.rows, "file": done.file, "digest": done.digest}
    if drop:
        print(_("已清除 %(month)s 的审计记录 %(rows)s 条；文件 %(file)s，SM3 %(digest)s") % words)
    else:
        print(_("已导出 %(month)s 的审计记录 %(rows)s 条：%(file)s，SM3 %(digest)s") % words)
