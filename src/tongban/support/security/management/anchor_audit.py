"""
`tongban anchor-audit`: how far the audit trail goes, and with which digest, for a place outside the node.
"""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from django.utils.translation import gettext as _

from tongban.foundation import audit_anchor, clock
from tongban.foundation.audit_chain import seal_settled


def anchor_audit(
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Anchor the audit trail now: into the data folder, the log, and to TONGBAN_AUDIT_ANCHOR_URL where it is set.

    The node does so every day. Write the line down elsewhere too: who owns this machine cannot change it there.
    """
    at = clock.now()
    sealed = seal_settled(at=at)
    if sealed is not None:
        audit_anchor.note_head(sealed, at=at)
    made = audit_anchor.anchor(at=at)
    if as_json:
        sys.stdout.write(json.dumps(asdict(made) if made else None) + "\n")
    elif made is None:
        print(_("还没有审计记录"))
    else:
        words = {"block": made.number, "digest": made.digest, "at": made.at}
        print(_("已锚定：第 %(block)s 块，SM3 %(digest)s，%(at)s") % words)
