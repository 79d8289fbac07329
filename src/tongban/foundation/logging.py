"""
Structured logs: one JSON object a line for machines, aligned and coloured for a person at a terminal.

Our own code logs through structlog (`structlog.get_logger(__name__)`, event names in snake_case, facts as
keywords). What libraries send to the standard library's logging takes the same way out. Logs go to standard
error, so that what a command answers on standard output stays clean. No personal data may be logged.
"""

import logging
import logging.config
import sys
from typing import Any, Literal

import msgspec
import structlog

from tongban.foundation.context import request_id

Form = Literal["auto", "json", "console"]

#: Libraries that say at "info" what nobody needs to know.
QUIET = {"django.server": "WARNING", "procrastinate": "WARNING", "httpx": "WARNING", "pikepdf": "WARNING"}


def configure(form: Form = "auto", *, level: str = "INFO") -> None:
    """
    Set logging up for this process; may be called again.

    :param form: "auto" is "console" at a terminal, else "json"
    :param level: of our own events and of libraries
    """
    pretty = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(_encode)
    explain = [] if pretty else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*shared, *explain, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(_standard(shared=shared, explain=explain, render=render, level=level))


def _standard(*, shared: list[Any], explain: list[Any], render: Any, level: str) -> dict[str, Any]:
    """
    Return the set-up of the standard library's logging: one handler, the same look.
    """
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.add_logger_name, *shared],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *explain, render],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": at} for name, at in QUIET.items()},
            # The web server and Django bring handlers of their own; theirs would say everything twice.
            "django": {"handlers": [], "propagate": True},
            "_granian": {"handlers": [], "propagate": True, "level": "WARNING"},
        },
    }


def web_server_loggers() -> dict[str, Any]:
    """
    Return what the web server must be told so that it leaves our set-up alone.
    """
    return {
        "version": 1,
        "incremental": False,
        "disable_existing_loggers": False,
        "formatters": {},
        "handlers": {},
        "loggers": {"_granian": {"handlers": [], "propagate": True}},
    }


def _add_request_id(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if current := request_id():
        event["request_id"] = current
    return event


def _encode(event: Any, **_options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
