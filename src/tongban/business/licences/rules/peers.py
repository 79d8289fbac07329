"""
Entries that one node tells another, as pure functions.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tongban.business.licences.rules.licences import parsed_identifier
from tongban.business.licences.values.peers import Entry, EntryKind, EntryProblem, LicenceEntry, TypeEntry
from tongban.foundation.canonical import canonical_json, sm3_hex
from tongban.foundation.codes.divisions import subtree_prefix

CONTENTS: Final = {EntryKind.LICENCE: LicenceEntry, EntryKind.TYPE: TypeEntry}
FIRST_WAIT_SECONDS: Final = 30
LONGEST_WAIT_SECONDS: Final = 3600


def entry_text(content: LicenceEntry | TypeEntry) -> str:
    """
    Return the one text that stands for a content.
    """
    facts: dict[str, Any] = msgspec.to_builtins(content)
    return canonical_json(facts).decode()


def entry_digest(kind: str, text: str) -> str:
    """
    Return the SM3 digest of an entry.
    """
    return sm3_hex(f"{kind}|{text}".encode())


def day_digest(digests: Iterable[str]) -> str:
    """
    Return the digest of a day: over its entries' digests, in the order of their numbers.
    """
    return sm3_hex("\n".join(digests).encode())


def is_below(code: str, node_code: str) -> bool:
    """
    Tell whether a division, or the node that serves it, lies inside the area of a node and is not that node.
    """
    return code != node_code and code.startswith(subtree_prefix(node_code))


def read_entry(entry: Entry, *, source: str) -> LicenceEntry | TypeEntry | EntryProblem:
    """
    Return what an entry says, or why it is not taken.

    :param source: code of the node whose stream it stands in
    """
    if entry_digest(entry.kind, entry.content) != entry.digest:
        return EntryProblem.OTHER_DIGEST
    try:
        content = msgspec.json.decode(entry.content, type=CONTENTS[EntryKind(entry.kind)])
    except (ValueError, KeyError):
        return EntryProblem.UNREADABLE
    if isinstance(content, TypeEntry):
        return content
    parsed = parsed_identifier(content.identifier)
    if parsed is None or str(parsed) != content.identifier:
        return EntryProblem.WRONG_IDENTIFIER
    is_inside = content.division_code.startswith(subtree_prefix(source))
    return content if is_inside else EntryProblem.OUTSIDE_AREA


def wait_seconds(failures: int) -> int:
    """
    Return how long to wait after so many failures in a row: 30 s, 1 min, 2 min … an hour.
    """
    return int(min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(failures - 1, 10)))
