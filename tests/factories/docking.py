"""
An agency's own system for tests, and what it says.
"""

import contextlib
import socket
import threading
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db import connection

from tests.factories import casework as make
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.codes import is_social_credit_code
from tongban.resources.docking import services
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.services.registering import SystemForm
from tongban.resources.docking.values import Receipt, Report, ReportKind, SystemState, Way
from tongban.resources.registers.models import Agency

AT = make.MONDAY
CODE = "health-system"


def operator(*roles: str) -> Actor:
    """
    Return who runs the node.
    """
    return Actor(
        kind=ActorKind.STAFF,
        id="00000000-0000-4000-8000-0000000000ee",
        name="运维",
        agency_code=make.AGENCY,
        division_code=make.DIVISION,
        roles=frozenset(roles or {"OPERATOR"}),
        channel=Channel.COUNTER,
    )


def register(code: str = CODE, **changes: Any) -> DockedSystem:
    """
    Register a system of the test agency; `changes` replace what is said of it.
    """
    Agency.objects.get_or_create(
        code=make.AGENCY,
        defaults={
            "name": "示例区卫生健康局",
            "division_code": make.DIVISION,
            "code_is_valid": is_social_credit_code(make.AGENCY),
        },
    )
    values = {"code": code, "name": "卫健业务系统", "agency_code": make.AGENCY, "way": Way.TABLES, **changes}
    return services.register_system(form=SystemForm(**values), actor=operator(), at=AT)


def live(code: str = CODE, **changes: Any) -> DockedSystem:
    """
    Return a system that takes cases.
    """
    system = register(code, **changes)
    DockedSystem.objects.filter(pk=system.pk).update(
        state=SystemState.LIVE, certificate={"serial": "test", "issued_at": AT.isoformat()}
    )
    system.refresh_from_db()
    return system


def settle() -> None:
    """
    Let what was announced be heard, by calls of now too.
    """
    events.deliver_all(at=max(AT, clock.now()))


def given(code: str = "", **changes: Any) -> str:
    """
    Return the number of an accepted case that its system was given.
    """
    make.publish_permit()
    number = make.submit("test-permit", **changes).case_number
    settle()
    make.accept(number)
    settle()
    return number


def report(
    number: str,
    kind: ReportKind,
    *,
    id: str = "",  # noqa: A002
    at: datetime | None = None,
    **words: Any,
) -> Report:
    """
    Return what a system says of a case.
    """
    return Report(
        id=id or f"{number[-8:]}-{kind}",
        case_number=number,
        kind=kind,
        at=at or AT + timedelta(minutes=5),
        handler="周审查",
        **words,
    )


def begun_row(number: str, **changes: Any) -> dict[str, Any]:
    """
    Return the row of up_pro_accept of a case that began in the system itself.
    """
    return {
        "project_no": number,
        "catalog_code": "000123012000",
        "task_code": "WJ-17-1",
        "task_name": "放射诊疗许可",
        "task_version": 1,
        "project_type": "2",
        "applyer_name": "张小三",
        "applyer_type": "1",
        "applyer_page_type": "111",
        "applyer_page_code": "11010519491231002X",
        "apply_type": "1",
        "org_name": "示例区卫生健康局",
        "org_code": make.AGENCY,
        **changes,
    }


def tell(system: DockedSystem, number: str, kind: ReportKind, **words: Any) -> Receipt:
    """
    Take a report in.
    """
    return services.receive(system=system, report=report(number, kind, **words), at=AT)


class Bridge:
    """
    A TCP port of this machine that leads to the tests' PostgreSQL, as an outside database's does; can be cut.
    """

    def __init__(self) -> None:
        where = connection.settings_dict
        self._to = f"{where['HOST']}/.s.PGSQL.{where['PORT'] or 5432}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.is_cut = False
        threading.Thread(target=self._serve, daemon=True).start()

    def dsn(self, database: str) -> str:
        """
        Return the address of a database behind it.
        """
        where = connection.settings_dict
        secret = quote(where["PASSWORD"] or "", safe="")
        return f"postgresql://{where['USER']}:{secret}@127.0.0.1:{self.port}/{database}"

    def close(self) -> None:
        """
        Listen no more.
        """
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._to)
            threading.Thread(target=_join, args=[near, far], daemon=True).start()


def _join(near: socket.socket, far: socket.socket) -> None:
    with near, far:
        back = threading.Thread(target=_pump, args=[far, near], daemon=True)
        back.start()
        _pump(near, far)
        back.join()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
