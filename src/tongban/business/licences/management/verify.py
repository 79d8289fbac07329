"""
`tongban verify`: what is true of files in hand: OFD, PDF, electronic seals, certificates; and of licences among them.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from django.utils.translation import gettext as _

from tongban.business.licences.services.peers import verify_document
from tongban.foundation import clock
from tongban.support.seals.values import FileVerdict, FileVerdictKind

NOT_VALID: Final = 1
NO_SUCH_FILE: Final = 2


def verify(
    files: Annotated[list[Path], typer.Argument(help="Files to look at.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines: a JSON list, one object per file.")
    ] = False,
) -> None:
    """
    Verify files: seals, signatures, certificates, whether anything was changed, and how a licence stands at its home.

    Exit code 0: every file is valid; 1: at least one is not; 2: a file cannot be opened.
    """
    verdicts = [_looked_at(path) for path in files]
    if as_json:
        told = json.dumps([verdict.as_json() for verdict in verdicts], ensure_ascii=False, indent=2)
        sys.stdout.write(f"{told}\n")
    else:
        for verdict in verdicts:
            print(f"{verdict.file}: {verdict.verdict.value} ({verdict.kind.label})")
            print("\n".join(f"  {line}" for line in verdict.explanation.splitlines()))
    if any(verdict.verdict is not FileVerdictKind.VALID for verdict in verdicts):
        raise typer.Exit(NOT_VALID)


def _looked_at(path: Path) -> FileVerdict:
    try:
        content = path.read_bytes()
    except OSError as error:
        sys.stderr.write(_("无法打开文件 %(path)s：%(why)s") % {"path": path, "why": error.strerror} + "\n")
        raise typer.Exit(NO_SUCH_FILE) from error
    return verify_document(content=content, name=path.name, at=clock.now()).told
