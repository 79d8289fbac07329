"""
Two ends of an exchange in one process: the sender's tables and the receiver's lie side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import msgspec
from django.db import transaction

from tongban.foundation.crypto import sm2
from tongban.foundation.errors import UpstreamError
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused

CITY, PROVINCE = "511600000000", "510000000000"


class Thing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What the tests exchange.
    """

    title: str
    amount: int = 0


@dataclass
class Library:
    """
    What the receiver keeps of it, and what it does not like.
    """

    rows: dict[str, tuple[int, Thing]] = field(default_factory=dict)
    order: list[tuple[str, int]] = field(default_factory=list)
    refuses: Callable[[Received], str] = field(default=lambda _row: "")
    breaks_on: Exception | None = None
    """Raised when anything is to be taken."""

    def take(self, entries: Sequence[Received], source: str, at: datetime) -> Sequence[Refused]:
        """
        Apply entries; one that is lower than what is kept changes nothing.
        """
        if self.breaks_on is not None:
            raise self.breaks_on
        bad = [
            Refused(number=each.number, code=self.refuses(each), text="")
            for each in entries
            if self.refuses(each)
        ]
        left_out = {each.number for each in bad}
        for each in entries:
            if each.number in left_out or self.rows.get(each.key, (0,))[0] > each.number:
                continue
            self.order.append((each.key, each.number))
            if each.operation is Operation.DELETE:
                self.rows.pop(each.key, None)
            else:
                self.rows[each.key] = (each.number, each.content)
        return bad

    def sweep(self, _source: str, number: int, _at: datetime) -> int:
        """
        Forget what was told with a lower number.
        """
        gone = [key for key, row in self.rows.items() if row[0] < number]
        for key in gone:
            del self.rows[key]
        return len(gone)


@dataclass
class TwoEnds:
    """
    A city that sends and a province that receives.
    """

    dataset: str = "tests.thing"
    library: Library = field(default_factory=Library)
    own: dict[str, Thing] = field(default_factory=dict)
    """How everything stands at the city."""
    is_cut: bool = False
    loses_answers: bool = False
    at_now: datetime = field(default_factory=lambda: datetime.fromisoformat("2026-11-20T10:00:00+08:00"))
    seen: list[bytes] = field(default_factory=list)

    @cached_property
    def city_key(self) -> sm2.PrivateKey:
        """The city's."""
        return sm2.generate()

    @cached_property
    def province_key(self) -> sm2.PrivateKey:
        """The province's."""
        return sm2.generate()

    def at_city(self) -> ports.Neighbours:
        """
        Return how the city sees the others.
        """
        return ports.Neighbours(
            own_code=CITY, own_key=self.city_key, parent=_peer(PROVINCE, "四川省", self.province_key)
        )

    def at_province(self) -> ports.Neighbours:
        """
        Return how the province sees the others.
        """
        return ports.Neighbours(
            own_code=PROVINCE, own_key=self.province_key, children=(_peer(CITY, "广安市", self.city_key),)
        )

    def carry(self, peer: ports.Peer, envelope: bytes) -> bytes:
        """
        Bring an envelope from the city to the province, unless the line is cut.
        """
        if self.is_cut:
            raise UpstreamError
        self.seen.append(envelope)
        with located(self.at_province):
            answer = services.answer_envelope(data=envelope, at=self.at_now)
        if self.loses_answers:
            raise UpstreamError
        return answer

    def write(self, key: str, title: str, operation: Operation = Operation.UPDATE) -> None:
        """
        Change something at the city, and tell.
        """
        thing = Thing(title=title)
        if operation is Operation.DELETE:
            self.own.pop(key, None)
        else:
            self.own[key] = thing
        with transaction.atomic():
            services.publish(
                dataset=self.dataset, key=key, operation=operation, content=thing, at=self.at_now
            )

    def go_on(self) -> int:
        """
        Number and send until nothing more goes; return how many entries arrived.
        """
        count = 0
        while True:
            services.number_entries(at=self.at_now)
            sent = services.send_to(receiver=PROVINCE, at=self.at_now)
            count += sent.count
            if not sent.is_more:
                return count

    def stand(self, after: str, limit: int) -> list[tuple[str, Thing]]:
        """
        Return how everything stands at the city.
        """
        return [(key, self.own[key]) for key in sorted(self.own) if key > after][:limit]

    @property
    def are_equal(self) -> bool:
        """
        Whether the province has what the city has.
        """
        return {key: row[1] for key, row in self.library.rows.items()} == self.own


def _peer(code: str, name: str, key: sm2.PrivateKey) -> ports.Peer:
    return ports.Peer(code=code, name=name, name_en=name, url="https://node.example", keys=(key.public,))


@contextmanager
def located(source: ports.NeighbourSource) -> Iterator[None]:
    """
    Be at one end for a while.
    """
    put_back = ports.know_neighbours_by(source)
    try:
        yield
    finally:
        put_back()


@contextmanager
def only(*contracts: Contract) -> Iterator[None]:
    """
    Exchange nothing but this, whatever the apps have registered.
    """
    registered = ports._wiring.contracts
    before = dict(registered)
    registered.clear()
    for contract in contracts:
        ports.exchange_by(contract)
    try:
        yield
    finally:
        registered.clear()
        registered.update(before)


@contextmanager
def two_ends(
    code: str = "tests.thing", *, has_snapshot: bool = False, is_alone: bool = False
) -> Iterator[TwoEnds]:
    """
    Exchange things from a city to its province, in this process.

    :param is_alone: nothing else is exchanged, whatever the apps have registered
    """
    ends = TwoEnds(dataset=code)
    contract = Contract(
        code=code,
        title="物",
        shape=Thing,
        direction=Direction.UP,
        take=ends.library.take,
        snapshot=ends.stand if has_snapshot else None,
        sweep=ends.library.sweep if has_snapshot else None,
    )
    registered = ports._wiring.contracts
    before = dict(registered)
    if is_alone:
        registered.clear()
    ports.exchange_by(contract)
    uncarry = ports.carry_by(ends.carry)
    with located(ends.at_city):
        yield ends
    uncarry()
    registered.clear()
    registered.update(before)
