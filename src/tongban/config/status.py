"""
What `tongban status` answers.
"""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tongban.config import node
from tongban.config.env import RunSettings
from tongban.config.serve import local_host

SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """
    The node of one data folder, as seen from beside it.
    """

    home: str
    is_running: bool
    is_ready: bool
    url: str
    pid: int | None
    started_at: str | None
    checks: dict[str, Any]

    def as_text(self) -> str:
        """
        Return lines for a person.
        """
        if not self.is_running:
            return f"No node runs on {self.home}."
        if self.pid is None:
            return f"The node on {self.home} is starting or stopping."
        head = f"Node on {self.home}: {self.url}, process {self.pid}, since {self.started_at}"
        lines = [
            f"  {name}: {'ok' if check['is_ok'] else 'NOT OK'} ({check['detail']})"
            for name, check in self.checks.items()
        ]
        return "\n".join([head, *(lines or ["  web: NOT OK (does not answer)"])])


def status_of(run: RunSettings) -> Status:
    """
    Ask the running node how it is; never starts anything.
    """
    known = node.running_node(run.home) if node.is_held(run.home) else None
    answer = _ask(run) if known is not None else {}
    return Status(
        home=str(run.home),
        is_running=node.is_held(run.home),
        is_ready=answer.get("status") == "ready",
        url=known.url if known else "",
        pid=known.pid if known else None,
        started_at=known.started_at if known else None,
        checks=answer.get("checks", {}),
    )


def _ask(run: RunSettings) -> dict[str, Any]:
    connection = http.client.HTTPConnection(local_host(run.host), run.port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz")
        body = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    else:
        return body if isinstance(body, dict) else {}
    finally:
        connection.close()
