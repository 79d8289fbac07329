"""
A simulated agency over HTTP: its dials, and what it has.

    GET  /cases      what was given to it, with the licences, and what the node refused
    GET  /dials, PUT /dials, GET /healthz as everywhere (`simulators.http`); dials of its own: "twice", "silent"
"""

import threading
from collections.abc import Callable

from simulators import http
from simulators.agency.office import Office


class Server(http.Server):
    """
    One agency, working in a thread of its own.
    """

    def __init__(
        self,
        office: Office,
        work_until: Callable[[threading.Event], None],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        handler: "type[Handler] | None" = None,
    ) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__(handler or Handler, office.dials, host=host, port=port)
        self.office = office
        self.work_until = work_until

    def run(self) -> None:
        """
        Work and answer until interrupted.
        """
        stop = threading.Event()
        worker = threading.Thread(target=self.work_until, args=[stop], name="agency", daemon=True)
        worker.start()
        try:
            super().run()
        finally:
            stop.set()


class Handler(http.Handler):
    """
    One request.
    """

    server: Server

    def do_GET(self) -> None:
        """
        Show what the agency has, or the dials.
        """
        if self.path != "/cases":
            return super().do_GET()
        office = self.server.office
        cases = [vars(case) for case in office.cases.values()]
        return self.answer((200, {"cases": cases, "complaints": office.complaints}))
