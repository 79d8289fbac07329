"""
The simulated authorities in the process of the tests, and people they know.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

from simulators.authority.registers import Registers
from simulators.authority.server import Server
from simulators.customers import Customers
from tongban.support.identity import ports
from tongban.support.identity.adapters.http_authority import HttpAuthorities
from tongban.support.identity.values import Answer, Authority

APP_ID = "tests"
SECRET = b"secret of the tests"
DEADLINE = timedelta(seconds=1)
FAILURES = 3
PAUSE = timedelta(seconds=30)


@contextmanager
def simulated_authorities(*, believes_strangers: bool = False) -> Iterator[Registers]:
    """
    Run the authorities and wire them; what they know and how they behave can be changed while they run.
    """
    registers = Registers(believes_strangers=believes_strangers)
    server = Server(registers, Customers(secrets={APP_ID: SECRET}))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    before = ports.check_by(adapter(server.url))
    try:
        yield registers
    finally:
        ports.check_by(before)
        server.shutdown()
        server.server_close()
        thread.join()


def adapter(url: str, *, secret: bytes = SECRET) -> HttpAuthorities:
    """
    Return an adapter that speaks to the authorities at an address.
    """
    return HttpAuthorities(
        url=url,
        app_id=APP_ID,
        secret=secret,
        deadline=DEADLINE,
        failures_allowed=FAILURES,
        pause=PAUSE,
    )


@contextmanager
def fixed_authorities(**answers: Answer) -> Iterator[ports.FixedAuthorities]:
    """
    Wire authorities that answer as told, yes where nothing is told.

    :param answers: name of the authority -> answer
    """
    fixed = ports.FixedAuthorities(answers={Authority(name): answer for name, answer in answers.items()})
    before = ports.check_by(fixed)
    try:
        yield fixed
    finally:
        ports.check_by(before)
