"""
`tongban keys`: look at the keys of the node, add one, change over to it while the node runs, forget the old one.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from tongban.config import env
from tongban.config.keys import LOOK_AGAIN_SECONDS, DataKey, KeyFile, NodeKeys, key_file
from tongban.foundation.clock import now
from tongban.foundation.exits import NodeProblem

NOTICED_SECONDS = LOOK_AGAIN_SECONDS * 1.5
"""After this long every process of the node works with the keys of the file."""


class KeyInUse(NodeProblem):
    """
    A key cannot be retired: something still needs it.
    """

    exit_code = 27


class KeysAct(StrEnum):
    """
    What can be done to the keys.
    """

    LIST = "list"
    NEW = "new"
    USE = "use"
    ROTATE = "rotate"
    RETIRE = "retire"
    WRAP = "wrap"


def keys(
    act: Annotated[KeysAct, typer.Argument(help="What is wanted.")],
    key: Annotated[int | None, typer.Argument(help="Id of the data key, for use and retire.")] = None,
    *,
    index: Annotated[
        bool, typer.Option("--index", help="rotate: change the root of the blind indexes, not the data key.")
    ] = False,
    standby: Annotated[
        bool,
        typer.Option(
            "--standby", help="new: do not seal with it yet; it has to reach the other hosts first."
        ),
    ] = False,
    at_once: Annotated[
        bool, typer.Option("--now", help="retire: do not wait until sessions of the old key have ended.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Look at and change the node's keys. The node may go on working all the time.

    list: which keys there are. new: add a data key; it seals from now on. rotate: seal everything anew with it, and
    prove that nothing needs the old one. retire ID: forget the old one. rotate --index: the same for the blind
    indexes, by which people are found. wrap: put keys that lie in clear under the KMS of the settings.

    :raises KeysUnusable: the key file or the KMS cannot be used
    :raises KeyInUse: something still needs the key
    """
    file = key_file(env.run.home)
    match act:
        case KeysAct.LIST:
            told = {"ok": True, **_listed(file.load())}
        case KeysAct.NEW:
            file.load()
            with file.changing() as change:
                made = change.add_key(at=now(), is_standby=standby)
            told = {"ok": True, "key": made, "active": file.load().active}
        case KeysAct.USE:
            with file.changing() as change:
                change.use_key(_wanted(key), at=now())
            told = {"ok": True, "active": file.load().active}
        case KeysAct.ROTATE:
            file.load()
            told = _rotate_index(file, is_quiet=as_json) if index else _rotate(file, is_quiet=as_json)
        case KeysAct.RETIRE:
            told = _retire(file, _wanted(key), at=now(), at_once=at_once)
        case _:
            clear = file.load_clear()
            file.write(clear)
            told = {"ok": True, "wrapped": len(clear.data) + len(clear.index) + 2}
    sys.stdout.write(json.dumps(told) + "\n" if as_json else _words(act, told))


def _wanted(key: int | None) -> int:
    if key is None:
        raise typer.BadParameter("name the id of a data key; `tongban keys list` shows them")
    return key


def _listed(held: NodeKeys) -> dict[str, Any]:
    def shown(key_id: int, key: DataKey, active: int) -> dict[str, Any]:
        return {
            "id": key_id,
            "is_active": key_id == active,
            "is_log_only": key.is_log_only,
            "made_at": key.made_at,
            "replaced_at": key.replaced_at,
        }

    return {
        "is_demo": held.is_demo,
        "data": [shown(key_id, key, held.active) for key_id, key in sorted(held.data.items())],
        "index": [shown(key_id, key, held.index_active) for key_id, key in sorted(held.index.items())],
    }


def _rotate(file: KeyFile, *, is_quiet: bool) -> dict[str, Any]:
    # Processes that have not looked at the file yet may still seal with the old key.
    time.sleep(NOTICED_SECONDS)
    with _node():
        from tongban.foundation import rotation  # noqa: PLC0415 -- when Django is set up

        total = sum(rotation.rows_of_other_keys(table) for table in rotation.sealed_tables())
        with _bar("sealing anew", total=total, is_quiet=is_quiet) as on_progress:
            report = rotation.seal_anew(on_progress=on_progress)
        return {"ok": report.is_complete, "active": file.load().active, **asdict(report)}


def _rotate_index(file: KeyFile, *, is_quiet: bool) -> dict[str, Any]:
    held = file.load()
    # A run that was broken off left its new root behind: go on with that.
    if len(held.index) == 1:
        with file.changing() as change:
            change.add_root(at=now())
        # Every process looks under both roots before any of them writes under the new one.
        time.sleep(NOTICED_SECONDS)
    newest = max(file.load().index)
    with file.changing() as change:
        if change.keys.index_active != newest:
            change.use_root(newest, at=now())
    time.sleep(NOTICED_SECONDS)
    with _node():
        from tongban.foundation import rotation  # noqa: PLC0415 -- when Django is set up

        with _bar("indexing anew", total=rotation.count_indexed(), is_quiet=is_quiet) as on_progress:
            report = rotation.index_anew(on_progress=on_progress)
            rotation.prove()
            # What was written under the old root by a transaction that was open all the while.
            second = rotation.index_anew()
    conflicts = sorted({*report.conflicts, *second.conflicts})
    if not conflicts:
        with file.changing() as change:
            change.drop_roots()
    return {"ok": not conflicts, "changed": report.changed, "conflicts": conflicts}


def _retire(file: KeyFile, key: int, *, at: datetime, at_once: bool) -> dict[str, Any]:
    held = file.load()
    if key not in held.data or key == held.active:
        raise KeyInUse(
            f"Data key {key} cannot be retired: {'it seals' if key == held.active else 'there is none'}."
        )
    _check_age(held.data[key], key, at=at, at_once=at_once)
    with _node():
        from tongban.business.casework import services as casework  # noqa: PLC0415 -- when Django is set up
        from tongban.foundation import rotation  # noqa: PLC0415 -- as above

        rotation.prove()
        uses = rotation.uses_of(key)
        logged = casework.log_uses_of_key(key)
    if uses:
        named = ", ".join(f"{label} ({count})" for label, count in sorted(uses.items()))
        raise KeyInUse(f"Data key {key} is still needed by {named}; run `tongban keys rotate` first.")
    with file.changing() as change:
        change.retire_key(key, keep_for_log=logged > 0)
    return {"ok": True, "key": key, "is_log_only": logged > 0, "log_entries": logged}


def _check_age(held: DataKey, key: int, *, at: datetime, at_once: bool) -> None:
    if at_once or not held.replaced_at:
        return
    wait: timedelta = max(env.identity.session_absolute, timedelta())
    until = datetime.fromisoformat(held.replaced_at) + wait
    if at < until:
        raise KeyInUse(
            f"Sessions and links sealed with data key {key} may live until {until:%F %H:%M} UTC; "
            "retire it then, or now with --now."
        )


@contextmanager
def _node() -> Iterator[None]:
    import django  # noqa: PLC0415 -- commands that need no database do not wait for it

    from tongban.config import node  # noqa: PLC0415 -- as above

    with node.database(env.run):
        django.setup()
        yield


@contextmanager
def _bar(title: str, *, total: int, is_quiet: bool) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # noqa: PLC0415 -- as above
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 -- as above

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=is_quiet) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)


def _words(act: KeysAct, told: dict[str, Any]) -> str:
    return f"{_SAID[act](told)}\n"


def _said_list(told: dict[str, Any]) -> str:
    return "\n".join(
        f"{kind} {row['id']}: {_state(row)}{', made ' + row['made_at'] if row['made_at'] else ''}"
        for kind in ("data", "index")
        for row in told[kind]
    )


def _said_new(told: dict[str, Any]) -> str:
    sealing = "seals from now on" if told["active"] == told["key"] else "stands by"
    return f"data key {told['key']} was made and {sealing}"


def _said_rotate(told: dict[str, Any]) -> str:
    if "sealed" in told:
        rows = sum(told["sealed"].values())
        return f"{rows} rows were sealed anew; nothing needs another key than {told['active']}"
    more = "".join(f"\n  merge: {name}" for name in told["conflicts"])
    return f"{sum(told['changed'].values())} rows were indexed anew{more}"


def _said_retire(told: dict[str, Any]) -> str:
    if told["is_log_only"]:
        return (
            f"data key {told['key']} is kept for {told['log_entries']} entries in the logs of old cases, "
            "which are never rewritten; nothing else needs it"
        )
    return f"data key {told['key']} is forgotten; backups made before need the old key file"


_SAID: dict[KeysAct, Callable[[dict[str, Any]], str]] = {
    KeysAct.LIST: _said_list,
    KeysAct.NEW: _said_new,
    KeysAct.USE: lambda told: f"data key {told['active']} seals from now on",
    KeysAct.ROTATE: _said_rotate,
    KeysAct.RETIRE: _said_retire,
    KeysAct.WRAP: lambda told: f"{told['wrapped']} keys are wrapped",
}


def _state(row: dict[str, Any]) -> str:
    if row["is_active"]:
        return "in use"
    return "for old logs only" if row["is_log_only"] else "reads only"
