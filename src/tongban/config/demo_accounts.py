"""
Who may log in to a demonstration, as text for the person who started it.
"""

from pathlib import Path
from typing import TypeVar

import msgspec

Line = TypeVar("Line")


class StaffLine(msgspec.Struct, frozen=True):
    """
    What is told of one line of staff.jsonl.
    """

    login_name: str
    name: str
    posts: list[str]
    roles: list[str]
    shows: str = ""
    """What can be seen with the account besides its tasks."""


class PersonLine(msgspec.Struct, frozen=True):
    """
    What is told of one line of persons.jsonl.
    """

    name: str
    id_number: str
    shows: str = ""
    """What can be seen with the account; nothing: it is not told of."""


def describe(area: Path, *, password: str) -> str:
    """
    Return lines that name who shows something, and one member of staff for each post and role.

    :param area: folder of the sample area
    :param password: the one that all demo accounts share
    """
    persons = [person for person in _read(area / "persons.jsonl", PersonLine) if person.shows]
    lines = [f"Demo accounts (password of all: {password})"]
    lines += [f"  citizen   {person.id_number}   {person.name}: {person.shows}" for person in persons]
    told: set[str] = set()
    for member in _read(area / "staff.jsonl", StaffLine):
        tasks = {*member.posts, *member.roles}
        if member.shows or tasks - told:
            told |= tasks
            shown = member.shows or ", ".join(sorted(tasks)).lower()
            lines.append(f"  staff     {member.login_name:<18}   {member.name}: {shown}")
    return "\n".join(lines) + "\n"


def _read(path: Path, kind: type[Line]) -> list[Line]:
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines() if line.strip()]
