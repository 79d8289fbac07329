"""
Roots that people keep: what is typed for them, the files they lie in, and `tongban offline-root`.

`offline-root` works on a machine without node, database and network.
"""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.exits import NodeProblem
from tongban.support.trust.rules import offline
from tongban.support.trust.rules.offline import NotAFileOfRoots, RootFile, WrongPassphrase
from tongban.support.trust.values import ISSUING_VALID_FOR, OFFLINE_LISTS_VALID_FOR, ROOT_VALID_FOR

OWNER_ONLY = 0o600


class OfflineRootAct(StrEnum):
    """
    What can be done where no node is.
    """

    MAKE = "make"
    SIGN = "sign"


def offline_root(
    act: Annotated[OfflineRootAct, typer.Argument(help="What is wanted.")],
    file: Annotated[Path, typer.Argument(help="The root's file; make writes it.")],
    order: Annotated[Path | None, typer.Argument(help="sign: what the node asks for.")] = None,
    *,
    to: Annotated[Path | None, typer.Option(help="sign: where what was signed is written.")] = None,
    name: Annotated[str, typer.Option(help="make: of the node, e.g. 某市.")] = "",
    algorithm: Annotated[Algorithm, typer.Option(help="make: of which algorithm.")] = Algorithm.SM2,
    people: Annotated[int, typer.Option(help="make: how many people have a passphrase.")] = 1,
    needed: Annotated[int, typer.Option(help="make: how many of them open it together.")] = 1,
) -> None:
    """
    Make a root away from every network, and have it sign what a node asks for. Needs neither node nor database.

    Passphrases are asked for; where nobody sits at the terminal they are lines of standard input.
    """
    at = clock.now()
    try:
        if act is OfflineRootAct.MAKE:
            _make(file, name=name, algorithm=algorithm, people=people, needed=needed, at=at)
        elif order is None or to is None:
            raise NodeProblem("Name the order of the node, and with --to where the answer is written.")
        else:
            _sign(file, order, to, at=at)
    except NotAFileOfRoots:
        raise NodeProblem("One of the files is not what it should be, or belongs to another root.") from None
    except WrongPassphrase:
        raise NodeProblem("The passphrases do not open the root.") from None
    except ValueError as error:
        raise NodeProblem(f"The root was not made: {error}.") from None


def new_passphrases(people: int) -> list[str]:
    """
    Ask each person for a passphrase, twice.
    """
    return [_typed(f"Passphrase of person {one + 1}", is_new=True) for one in range(people)]


def passphrases_of(content: bytes) -> dict[int, str]:
    """
    Ask for those of a root's file, until they are enough; none where it is no such file.
    """
    try:
        return _known(offline.read_root(content))
    except NotAFileOfRoots:
        return {}


def _known(root: RootFile) -> dict[int, str]:
    found: dict[int, str] = {}
    for one in range(root.people):
        if len(found) < root.needed:
            typed = _typed(f"Passphrase of person {one + 1} (empty: not here)")
            found.update({one: typed} if typed else {})
    return found


def write(path: Path, content: bytes) -> None:
    """
    Write a new file that nobody else reads.

    :raises NodeProblem: there is one already, or it cannot be written
    """
    try:
        path.touch(mode=OWNER_ONLY, exist_ok=False)
        path.write_bytes(content)
    except OSError as error:
        raise NodeProblem(f"{path} is not written: {error.strerror}.") from None
    print(path)


def read(path: Path) -> bytes:
    """
    Read a file.

    :raises NodeProblem: it cannot be read
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise NodeProblem(f"{path} is not read: {error.strerror}.") from None


def _make(file: Path, *, name: str, algorithm: Algorithm, people: int, needed: int, at: datetime) -> None:
    if not name:
        raise NodeProblem("Name the node with --name.")
    made = offline.make_root(
        name=f"{name}政务服务电子认证根 {algorithm.value}-R{at:%Y}",
        organisation=f"{name}政务服务平台",
        algorithm=algorithm,
        at=at,
        until=at + ROOT_VALID_FOR,
        passphrases=new_passphrases(people),
        needed=needed,
    )
    write(file, made)
    print(f"SM3 {offline.read_root(made).certificate.fingerprint}")


def _sign(file: Path, order: Path, to: Path, *, at: datetime) -> None:
    root = offline.read_root(read(file))
    asked = offline.read_order(read(order))
    print(asked.summary)
    answer = offline.sign_order(
        asked,
        root=root.certificate,
        key=root.opened(_known(root)),
        at=at,
        valid_for=ISSUING_VALID_FOR,
        listed_for=OFFLINE_LISTS_VALID_FOR,
    )
    write(to, answer)


def _typed(what: str, *, is_new: bool = False) -> str:
    if sys.stdin.isatty():
        answer: str = typer.prompt(
            what, default="", show_default=False, hide_input=True, confirmation_prompt=is_new
        )
        return answer
    return sys.stdin.readline().rstrip("\n")
