"""
Messaging with templates of its own, a gateway that only remembers, and the simulated gateway over HTTP.
"""

import threading
from collections.abc import Iterator

import pytest

from simulators.sms.gateway import Gateway
from simulators.sms.server import Server
from tongban.support.messaging import ports
from tongban.support.messaging.adapters.http_gateway import HttpGateway
from tongban.support.messaging.ports import RecordingGateway
from tongban.support.messaging.values import MessageTemplate

ACCEPTED = MessageTemplate(
    code="tests.accepted",
    title="受理通知",
    body="您的办件 %(case_number)s 已受理，最迟 %(due_date)s 作出决定。",
    sms_template_id="SMS_ACCEPTED",
)
INBOX_ONLY = MessageTemplate(code="tests.inbox_only", title="提示", body="请查看 %(case_number)s。")


@pytest.fixture(autouse=True)
def templates() -> None:
    """
    Make the templates of the tests known.
    """
    ports.register_templates(ACCEPTED, INBOX_ONLY)


@pytest.fixture
def gateway() -> Iterator[RecordingGateway]:
    """
    Send by a gateway that only remembers.
    """
    recording = RecordingGateway()
    before = ports.send_texts_by(recording)
    yield recording
    ports.send_texts_by(before)


@pytest.fixture
def simulator() -> Iterator[Gateway]:
    """
    Send by the simulated gateway, over HTTP.
    """
    simulated = Gateway(accounts={"tongban": b"secret"})
    server = Server(simulated)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    before = ports.send_texts_by(
        HttpGateway(url=server.url, app_id="tongban", secret=b"secret", timeout_seconds=0.5)
    )
    yield simulated
    ports.send_texts_by(before)
    server.shutdown()
    server.server_close()
    thread.join()
