"""
Asking the home of a seal: what other nodes say of signatures and seals that this one does not keep.

Asked are only nodes of the topology file, and only about seals of their own area: the division in the code of the seal,
or in the code of the agency that a certificate names. They are asked at once and have one second together; who does not
answer leaves the question open, and the file is told so.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from threading import Lock
from typing import Final, TypeVar

import msgspec
import structlog
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.services import node_path
from tongban.support.federation.values import Provider
from tongban.support.seals.permissions import SealNotFound
from tongban.support.seals.selectors.standing import state_of, told_of
from tongban.support.seals.values import (
    MOST_ASKED,
    SUBJECT,
    NodeQuestion,
    SealAsked,
    SealStateAnswer,
    SealTold,
    Standing,
    StandingsAnswer,
    StandingsQuestion,
    StateAnswer,
    StateQuestion,
)

logger = structlog.get_logger(__name__)

SECONDS: Final = 1.0
"""For all homes of one file together."""
BELIEVED_SECONDS: Final = 0.5
"""An answer; with the asking, a loss is seen everywhere within a second."""
SILENT_SECONDS: Final = 1.0
"""Who was silent is not asked again."""
MOST_KEPT: Final = 1_000
AREA: Final = slice(0, 6)
AGENCY_AREA: Final = slice(2, 8)
"""登记管理机关行政区划码 in a 统一社会信用代码 (GB 32100-2015)."""
LEVELS: Final = (6, 4, 2)
"""Digits of a division code: county, city, province."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """
    What is known of the signatures and seals in a file.
    """

    told: dict[SealAsked, SealTold]
    silent: tuple[str, ...] = ()
    """Names of nodes that should know and have not answered."""

    def of(self, asked: SealAsked) -> SealTold:
        """
        Return what was said of one.
        """
        return self.told.get(asked, SealTold())


@dataclass(kw_only=True, slots=True)
class _Recent:
    """
    What homes said within the last second, and who was silent; each process keeps its own.
    """

    said: dict[tuple[str, SealAsked], tuple[float, SealTold]] = field(default_factory=dict)
    silent: dict[str, float] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def told(self, node: Provider, asked: SealAsked) -> SealTold | None:
        until, told = self.said.get((node.code, asked), (0.0, SealTold()))
        return told if time.monotonic() < until else None

    def is_silent(self, node: Provider) -> bool:
        return time.monotonic() < self.silent.get(node.code, 0.0)

    def keep(self, node: Provider, told: dict[SealAsked, SealTold], *, asked_at: float) -> None:
        with self.lock:
            if len(self.said) > MOST_KEPT:
                self.said.clear()
            self.said |= {
                (node.code, asked): (asked_at + BELIEVED_SECONDS, said) for asked, said in told.items()
            }

    def keep_silent(self, node: Provider) -> None:
        self.silent[node.code] = time.monotonic() + SILENT_SECONDS


Answer = TypeVar("Answer")

_recent: Final = _Recent()


def forget_recent() -> None:
    """
    Ask anew from now on; for tests.
    """
    _recent.said.clear()
    _recent.silent.clear()


def homes_of(area: str) -> tuple[Provider, ...]:
    """
    Return the nodes in whose area a division lies, the most local first. At most one query.

    :param area: division code, its first six digits
    """
    if len(area) != LEVELS[0] or not (area.isascii() and area.isdecimal()):
        return ()
    known = federation.askable().nodes
    reached = {node.code: stem for node in known if area.startswith(stem := _stem(node.code))}
    nodes = [node for node in known if node.code in reached]
    return tuple(sorted(nodes, key=lambda node: -len(reached[node.code])))


def area_of_agency(agency_code: str) -> str:
    """
    Return the division an agency is registered in, six digits; empty: its code does not say.
    """
    area = agency_code[AGENCY_AREA]
    return area if area.isdecimal() else ""


def standings_of(asked: Iterable[SealAsked], *, at: datetime) -> Heard:
    """
    Return what is known of signatures and seals, of this node's own and, by asking their homes, of others'.

    It takes a second at most, however many homes there are; what nobody answers is unknown.

    :param asked: more than `MOST_ASKED` are left unknown
    """
    told = {one: told_of(one) for one in list(dict.fromkeys(asked))[:MOST_ASKED]}
    homes = {one: _homes(one) for one, said in told.items() if said.standing is Standing.UNKNOWN}
    nodes = {node.code: node for known in homes.values() for node in known}
    if not nodes:
        return Heard(told=told)
    questions = {code: [one for one in homes if nodes[code] in homes[one]] for code in nodes}
    with ThreadPoolExecutor(max_workers=len(nodes)) as pool:
        answers = dict(
            zip(nodes, pool.map(lambda code: _ask(nodes[code], questions[code], at=at), nodes), strict=True)
        )
    for one, known in homes.items():
        said = [(answers[node.code] or {}).get(one, SealTold()) for node in known]
        told[one] = next((each for each in said if each.standing is not Standing.UNKNOWN), SealTold())
    open_questions = {one for one in homes if told[one].standing is Standing.UNKNOWN}
    silent = [
        nodes[code].title
        for code, answer in answers.items()
        if answer is None and not open_questions.isdisjoint(questions[code])
    ]
    return Heard(told=told, silent=tuple(silent))


def remarks_of(heard: Heard) -> tuple[str, ...]:
    """
    Return the sentences about homes that have not answered, in the language of the moment.
    """
    return tuple(
        str(_("印章所属的“%(name)s”平台没有回应，暂时无法查询印章的当前状态，请稍后再核验")) % {"name": name}
        for name in heard.silent
    )


def state_anywhere(*, code: str, at: datetime, version: int | None = None) -> SealStateAnswer:
    """
    Return the state of a seal, of this node or as its home tells it.

    :param version: None: the newest that was handed out
    :raises SealNotFound: nobody who was asked knows such a seal
    :raises UpstreamError: its home does not answer
    """
    try:
        return state_of(code=code, version=version, at=at)
    except SealNotFound:
        for node in homes_of(code[AREA]):
            answer = ask(
                node, NodeQuestion.STATE, StateQuestion(code=code, version=version), StateAnswer, at=at
            )
            if answer.state is not None:
                return answer.state
        raise


def ask(
    node: Provider,
    question: NodeQuestion,
    message: msgspec.Struct,
    answer: type[Answer],
    *,
    at: datetime,
    seconds: float = SECONDS,
) -> Answer:
    """
    Ask another node, and wait no longer than so many seconds. Touches no database.

    :raises UpstreamError: it does not answer, or with what makes no sense
    """
    path = node_path(SUBJECT, question)
    told = federation.node_caller()(node, path, msgspec.json.encode(message), seconds=seconds, at=at)
    try:
        return msgspec.json.decode(told, type=answer)
    except msgspec.MsgspecError as error:
        raise UpstreamError(node=node.code) from error


def _homes(asked: SealAsked) -> tuple[Provider, ...]:
    return homes_of(asked.code[AREA] if asked.code else area_of_agency(asked.agency_code))


def _ask(node: Provider, asked: Sequence[SealAsked], *, at: datetime) -> dict[SealAsked, SealTold] | None:
    """
    Return what a node says, None where it is silent. Runs in a thread of its own and touches no database.
    """
    told = {one: recent for one in asked if (recent := _recent.told(node, one)) is not None}
    wanted = tuple(one for one in asked if one not in told)
    if not wanted:
        return told
    if _recent.is_silent(node):
        return None
    asked_at = time.monotonic()
    try:
        answer = ask(node, NodeQuestion.STANDINGS, StandingsQuestion(asked=wanted), StandingsAnswer, at=at)
        said = dict[SealAsked, SealTold](zip(wanted, answer.told, strict=True))
    except (UpstreamError, ValueError) as error:
        logger.warning("seal_home_silent", node=node.code, reason=type(error).__name__)
        _recent.keep_silent(node)
        return None
    _recent.keep(node, said, asked_at=asked_at)
    return told | said


def _stem(code: str) -> str:
    """
    Return the digits all divisions of a node's area begin with.
    """
    digits = next(
        (level for level, above in pairwise(LEVELS) if code[above:level].strip("0")),
        LEVELS[-1],
    )
    return code[:digits]
