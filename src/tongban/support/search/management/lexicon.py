"""
`tongban lexicon`: teach the search an everyday phrase, or switch one off.
"""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.search import services
from tongban.support.search.values import LexiconKind

ACTOR = system_actor("search.lexicon")


class LexiconAct(StrEnum):
    """
    What can be done to a phrase.
    """

    ADD = "add"
    DISABLE = "disable"


def lexicon(
    *,
    act: Annotated[
        LexiconAct, typer.Argument(help="Add a phrase or give it other targets; or switch it off.")
    ],
    phrase: Annotated[
        str, typer.Argument(help="Everyday words; parts divided by blanks match in any order.")
    ],
    kind: Annotated[
        LexiconKind,
        typer.Option(
            help="TERM stands for official words, ACTION prefers names with one of them, FILLER means nothing."
        ),
    ] = LexiconKind.TERM,
    target: Annotated[
        list[str] | None,
        typer.Option(help='Official words, all of them in a name; "*0.7" behind gives a weight; repeatable.'),
    ] = None,
    intent: Annotated[
        str, typer.Option(help="What the phrase is about, for whoever keeps the lexicon.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Teach the search an everyday phrase (说法), or switch one off. It counts from the next search on.
    """
    at = clock.now()
    if act is LexiconAct.ADD:
        receipt = services.save_phrase(
            kind=kind, phrase=phrase, targets=target or (), intent=intent, actor=ACTOR, at=at
        )
    else:
        receipt = services.disable_phrase(kind=kind, phrase=phrase, actor=ACTOR, at=at)
    if as_json:
        told = {"phrase": receipt.phrase, "is_enabled": receipt.is_enabled}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{receipt.phrase}: {'counts now' if receipt.is_enabled else 'is switched off'}\n")
