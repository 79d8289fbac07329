"""
Parts of the pages that are made from code.
"""

from collections.abc import Sequence
from typing import Any

MADE = "<!-- Made by tools/generate_reference.py; change the code, not this page. -->"


def head(title: str, intro: str) -> str:
    """
    Return the beginning of a page.
    """
    return f"# {title}\n\n{MADE}\n\n{intro}"


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """
    Return a table.
    """
    lines = [columns, tuple("---" for _column in columns), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )


def words_table(title: str, words: Any) -> str:
    """
    Return a table of a closed vocabulary.
    """
    return table((title, "Name"), [(f"`{word.value}`", str(word.label)) for word in words])


def bullets(title: str, items: list[str]) -> list[str]:
    """
    Return a list with its title, nothing where it is empty.
    """
    return [f"{title}:", "\n".join(f"* {item}" for item in items)] if items else []


def first_line(kind: type) -> str:
    """
    Return the first line of a docstring without its full stop.
    """
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0].rstrip(".")


def whole(text: str | None) -> str:
    """
    Return a docstring as one line.
    """
    return " ".join((text or "").split())
