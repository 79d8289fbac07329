"""
What nodes tell one another of licences, as pure functions.
"""

from tongban.business.licences.rules.licences import parsed_identifier
from tongban.business.licences.values.peers import EntryProblem, LicenceEntry
from tongban.foundation.codes.divisions import subtree_prefix


def is_below(code: str, node_code: str) -> bool:
    """
    Tell whether a division, or the node that serves it, lies inside the area of a node and is not that node.
    """
    return code != node_code and code.startswith(subtree_prefix(node_code))


def speaks_for(origin: str, *, source: str, own: str) -> bool:
    """
    Tell whether a node is believed about what was made at another: it is below, and the other is it or below it.

    :param source: code of the node that tells
    :param own: code of the node that is told
    """
    return is_below(source, own) and (origin == source or is_below(origin, source))


def problem_of(content: LicenceEntry, *, origin: str, source: str, own: str) -> EntryProblem | None:
    """
    Return why what a node tells of a licence is not taken; None: nothing speaks against it.

    :param origin: code of the node that issued it
    """
    parsed = parsed_identifier(content.identifier)
    if parsed is None or str(parsed) != content.identifier:
        return EntryProblem.WRONG_IDENTIFIER
    is_inside = content.division_code.startswith(subtree_prefix(origin))
    if not is_inside or not speaks_for(origin, source=source, own=own):
        return EntryProblem.OUTSIDE_AREA
    return None
