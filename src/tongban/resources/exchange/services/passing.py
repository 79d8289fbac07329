"""
Entries that are passed on: a province's cities' to the nation, one city's to another.
"""

from collections.abc import Sequence

from tongban.resources.exchange import ports
from tongban.resources.exchange.services.publishing import publish_again
from tongban.resources.exchange.values import Contract, Received, Refused


def pass_on(entries: Sequence[Received], contract: Contract, *, source: str, to: str) -> list[Refused]:
    """
    Write entries of other nodes into this one's own stream, in their order; return those with nowhere to go.

    Runs in the transaction that takes them: what was acknowledged is on its way.

    :param source: the node that sent them; nothing goes back to it
    :param to: the node they are addressed to; empty: the contract's direction
    """
    way = ports.neighbours().way_to(to) if to else None
    if to and (way is None or way.code == source):
        return [Refused(number=each.number, code="no_way", text=to) for each in entries]
    return publish_again(contract=contract, entries=entries, to=to)
