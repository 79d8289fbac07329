"""
The web server: granian, WSGI, several processes that share one socket; static files without Python.

The application is loaded once, before the processes fork: a mistake in it is told once, and they share its memory.
"""

import signal
import sys
from importlib import import_module
from typing import Any

from django.conf import settings
from django.template import engines
from django.urls import get_resolver
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tongban.config import env
from tongban.config.wsgi import application
from tongban.foundation.logging import web_server_loggers
from tongban.foundation.processes import bind_to_parent, loading

WAITING_CONNECTIONS = 1024
KILL_AFTER_SECONDS = 20
LOADED_WHEN_NEEDED = ("pypinyin", "rjieba", "tongban.support.seals.services.pdf")
"""What commands do without and most web processes need: loaded once, for all of them."""
STATIC_EXPIRES_SECONDS = 3600
#: A thread whose answer has come from the database, perhaps with rows locked, waits so long at most for a busy one.
SWITCH_SECONDS = 0.0005


def run() -> None:
    """
    Listen until SIGTERM or SIGINT; requests that were begun are answered.
    """
    _warm_up()
    server = Server(
        "tongban.config.wsgi:application",
        address=env.run.host,
        port=env.run.port,
        interface=Interfaces.WSGI,
        workers=env.run.workers,
        blocking_threads=env.run.threads,
        backlog=WAITING_CONNECTIONS,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=web_server_loggers(),
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=KILL_AFTER_SECONDS,
        static_path_route=[settings.STATIC_URL.rstrip("/")],
        static_path_mount=[settings.STATIC_ROOT],
        static_path_expires=STATIC_EXPIRES_SECONDS,
    )
    server.serve(target_loader=_application, wrap_loader=False)


def _warm_up() -> None:
    """
    Load what the first request would, so that the first person does not wait; opens no connection to share.
    """
    with loading():
        _ = get_resolver().url_patterns
        engines.all()
        for name in LOADED_WHEN_NEEDED:
            import_module(name)


def _application() -> Any:
    """
    Return the application in a worker process, which then must not outlive the main one.
    """
    bind_to_parent(signal.SIGTERM)
    sys.setswitchinterval(SWITCH_SECONDS)
    return application
