"""
`tongban openapi`: the document of API v1, and the check that the committed one still says what the code says.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tongban.config.env import SOURCE_ROOT
from tongban.foundation.exits import NodeProblem

SNAPSHOT = SOURCE_ROOT / "docs/reference/openapi-v1.json"
MOST_DIFFERENCES = 20


class DocumentDrifted(NodeProblem):
    """
    The committed document does not say what the code says.
    """


def openapi(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the committed document; write nothing.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="File to write; without it, docs/reference/openapi-v1.json.")
    ] = None,
) -> None:
    """
    Write the OpenAPI document of API v1, or check that the committed one is up to date.
    """
    text = as_text(document())
    path = output or SNAPSHOT
    if check:
        require_same(text, path)
        typer.echo("openapi: the committed document is up to date")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    typer.echo(f"openapi: {path} written")


def document() -> dict[str, Any]:
    """
    Return the OpenAPI document as the node serves it.
    """
    from tongban.config.api import api  # noqa: PLC0415 - loads every app, which --help must not

    return dict(api.get_openapi_schema())


def as_text(content: dict[str, Any]) -> str:
    """
    Return a document as it is committed: one line per value, so that a change can be read as one.
    """
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def require_same(text: str, path: Path) -> None:
    """
    Refuse a committed document that differs.

    :raises DocumentDrifted: names the places that differ
    """
    committed = path.read_text(encoding="utf-8") if path.exists() else "{}"
    if committed == text:
        return
    places = differences(json.loads(committed), json.loads(text))
    named = ", ".join(places[:MOST_DIFFERENCES]) or "their order"
    raise DocumentDrifted(f"{path} is out of date; run `tongban openapi`. They differ in {named}.")


def differences(before: Any, after: Any, place: str = "") -> list[str]:
    """
    Return the places where two documents differ, as slash-separated paths.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        found = [f"{place}/{key}" for key in sorted(before.keys() ^ after.keys())]
        for key in sorted(before.keys() & after.keys()):
            found += differences(before[key], after[key], f"{place}/{key}")
        return found
    return [] if before == after else [place or "/"]
