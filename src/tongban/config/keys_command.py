"""
`tongban keys`: look at the keys of the node, add one, change over to it while the node runs, forget the old one.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from getpass import getuser
from typing import Annotated, Any

import typer

from tongban.config import env
from tongban.config.keys import LOOK_AGAIN_SECONDS, DataKey, KeyFile, NodeKeys, key_file, wrap_anew
from tongban.foundation.clock import now
from tongban.foundation.exits import NodeProblem

NOTICED_SECONDS = LOOK_AGAIN_SECONDS * 1.5
"""After this long every process of the node works with the keys of the file."""


class KeyInUse(NodeProblem):
    """
    A key cannot be retired: something still needs it.
    """

    exit_code = 27


class RotationUnfinished(NodeProblem):
    """
    Rows were held by others for so long that the change of keys was given up; running it again goes on.
    """

    exit_code = 28


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
        bool,
        typer.Option(
            "--now",
            help="retire: do not wait until sessions of the old key have ended. rotate --index: nor until codes "
            "that were sent have lapsed, and give up indexes that cannot be made anew.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Look at and change the node's keys. The node may go on working all the time.

    list: which keys there are. new: add a data key; it seals from now on. rotate: seal everything anew with it, and
    prove that nothing needs the old one. retire ID: forget the old one. rotate --index: the same for the blind
    indexes, by which people are found. wrap: put keys that lie in clear, or are wrapped by another key of a KMS, under
    the KMS of the settings.

    Every change is an entry of the audit trail, a rotation one at its beginning and one at its end.

    :raises KeysUnusable: the key file or the KMS cannot be used
    :raises KeyInUse: something still needs the key
    :raises RotationUnfinished: rows were held by others all the while
    """
    file = key_file(env.run.home)
    match act:
        case KeysAct.LIST:
            told = {"ok": True, **_listed(file.load())}
        case KeysAct.NEW:
            file.load()
            told = _new(file, is_standby=standby)
        case KeysAct.USE:
            told = _use(file, _wanted(key))
        case KeysAct.ROTATE:
            file.load()
            told = (
                _rotate_index(file, at_once=at_once, is_quiet=as_json)
                if index
                else _rotate(file, is_quiet=as_json)
            )
        case KeysAct.RETIRE:
            told = _retire(file, _wanted(key), at=now(), at_once=at_once)
        case _:
            told = _wrap()
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


def _new(file: KeyFile, *, is_standby: bool) -> dict[str, Any]:
    # First the database: what cannot be written down is not done.
    with _node():
        with file.changing() as change:
            made = change.add_key(at=now(), is_standby=is_standby)
        active = file.load().active
        _note("make", key=made, active=active)
    return {"ok": True, "key": made, "active": active}


def _use(file: KeyFile, key: int) -> dict[str, Any]:
    with _node():
        with file.changing() as change:
            change.use_key(key, at=now())
        active = file.load().active
        _note("use", active=active)
    return {"ok": True, "active": active}


def _wrap() -> dict[str, Any]:
    # A node whose keys lie in clear beside a KMS does not start: first the keys, then the entry.
    before, wrapped = wrap_anew(env.run.home)
    with _node():
        _note("wrap", wrapped=wrapped, before=before or "clear", after=key_file(env.run.home).wrapped_by())
    return {"ok": True, "wrapped": wrapped, "before": before}


def _rotate(file: KeyFile, *, is_quiet: bool) -> dict[str, Any]:
    # Processes that have not looked at the file yet may still seal with the old key.
    time.sleep(NOTICED_SECONDS)
    active = file.load().active
    with _node():
        from tongban.foundation import rotation  # noqa: PLC0415 -- when Django is set up

        total = sum(rotation.rows_of_other_keys(table) for table in rotation.sealed_tables())
        with _noted("data", active=active, rows=total) as facts:
            with _bar("sealing anew", total=total, is_quiet=is_quiet) as on_progress:
                report = rotation.seal_anew(on_progress=on_progress)
            facts.update(asdict(report))
        return {"ok": report.is_complete, "active": active, **asdict(report)}


def _rotate_index(file: KeyFile, *, at_once: bool, is_quiet: bool) -> dict[str, Any]:
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

        total, until = rotation.count_indexed(), rotation.last_lapse(at=now())
        with _noted("index", active=newest, rows=total) as facts:
            with _bar("indexing anew", total=total, is_quiet=is_quiet) as on_progress:
                report = rotation.index_anew(on_progress=on_progress)
                rotation.prove()
                # What was written under the old root by a transaction that was open all the while.
                second = rotation.index_anew()
            conflicts = sorted({*report.conflicts, *second.conflicts})
            unmakeable = sorted({*report.unmakeable, *second.unmakeable})
            is_done = not conflicts and (at_once or not unmakeable)
            facts.update(changed=report.changed, conflicts=len(conflicts), unmakeable=len(unmakeable))
            if is_done:
                _wait_until(None if at_once else until, is_quiet=is_quiet)
                with file.changing() as change:
                    change.drop_roots()
            facts["is_old_root_forgotten"] = is_done
    return {
        "ok": is_done,
        "changed": report.changed,
        "conflicts": conflicts,
        "unmakeable": unmakeable,
    }


def _wait_until(moment: datetime | None, *, is_quiet: bool) -> None:
    """
    Wait until the codes that were sent before have lapsed: under the new root alone they would not be accepted.
    """
    seconds = (moment - now()).total_seconds() if moment else 0.0
    if seconds <= 0:
        return
    if not is_quiet:
        sys.stderr.write(f"codes that were sent before lapse in {seconds:.0f} seconds; --now does not wait\n")
    time.sleep(seconds)


@contextmanager
def _noted(what: str, *, active: int, rows: int) -> Iterator[dict[str, Any]]:
    """
    Write down that a rotation begins, and how it ends with what is put into the yielded facts.

    :raises RotationUnfinished: rows were held by others all the while
    """
    from tongban.foundation import audit, rotation  # noqa: PLC0415 -- when Django is set up

    _note("begin_rotation", what=what, active=active, rows=rows)
    facts: dict[str, Any] = {"what": what, "active": active}
    try:
        yield facts
    except BaseException as error:
        _note("end_rotation", outcome=audit.Outcome.FAILED, **facts, reason=type(error).__name__)
        if isinstance(error, rotation.RotationIncomplete):
            raise RotationUnfinished(
                "Rows were held by others all the while; run `tongban keys rotate` again, it goes on where it stopped."
            ) from error
        raise
    _note("end_rotation", **facts)


def _note(verb: str, **facts: Any) -> None:
    """
    Write a change of keys down in the audit trail, with who was logged in to the machine; never a key.
    """
    from django.db import connection, transaction  # noqa: PLC0415 -- when Django is set up

    from tongban.foundation import audit  # noqa: PLC0415 -- as above
    from tongban.foundation.actors import system_actor  # noqa: PLC0415 -- as above

    if "foundation_audit" not in connection.introspection.table_names():
        # A node that was never started has nothing yet that a key could have sealed.
        return
    with transaction.atomic():
        audit.record(
            action=f"foundation.keys.{verb}",
            actor=system_actor("foundation.keys"),
            subject="keys",
            at=now(),
            operator=_operator(),
            **facts,
        )


def _operator() -> str:
    """
    Return who is logged in to the machine; the number of the account where it has no name, as in many containers.
    """
    try:
        return os.environ.get("SUDO_USER") or getuser()
    except (KeyError, OSError):
        return str(os.getuid())


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
        _note("retire", key=key, is_log_only=logged > 0, log_entries=logged)
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
    more += "".join(f"\n  record again: {name}" for name in told["unmakeable"])
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
    KeysAct.WRAP: lambda told: f"{told['wrapped']} keys are wrapped; before: {told['before'] or 'in clear'}",
}


def _state(row: dict[str, Any]) -> str:
    if row["is_active"]:
        return "in use"
    return "for old logs only" if row["is_log_only"] else "reads only"
