"""
`tongban rotate-signing-keys`: let a new key sign identity tokens.
"""

import json
import sys
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.federation import services

ACTOR = system_actor("federation.rotate_signing_keys")


def rotate_signing_keys(
    *, as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False
) -> None:
    """
    Let a new key sign identity tokens. The old one stays published until what it signed has lapsed.
    """
    receipt = services.rotate_signing_key(actor=ACTOR, at=clock.now())
    until = receipt.published_until.isoformat() if receipt.published_until else None
    if as_json:
        told = {"kid": receipt.kid, "retired_kid": receipt.retired_kid or None, "published_until": until}
        sys.stdout.write(json.dumps(told) + "\n")
        return
    sys.stdout.write(f"signs now        {receipt.kid}\n")
    if receipt.retired_kid:
        sys.stdout.write(f"published until  {until}  {receipt.retired_kid}\n")
