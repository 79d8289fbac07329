"""
Which PostgreSQL this node talks to.
"""

from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from tongban.config.env import RunSettings

POOL_SIZE_BEYOND_THREADS = 2
POOL_WAIT_SECONDS = 5
"""A thread never waits for another's connection, only for a database that is away; who stops shall not wait long."""
PREPARE_AFTER = 3
"""Executions on a connection after which a statement is prepared; one-off statements never are."""


def address_file(home: Path) -> Path:
    """
    Return where the running embedded server leaves its address for commands on the same node.
    """
    return home / "run" / "database_url"


def url_of(run: RunSettings) -> str:
    """
    Return the address of the database: DATABASE_URL, else that of the running embedded server; empty: there is none.
    """
    url = run.database_url.get_secret_value()
    if not url and address_file(run.home).exists():
        url = address_file(run.home).read_text().strip()
    return url


def settings_of(run: RunSettings) -> dict[str, Any]:
    """
    Return Django's description of the database: DATABASE_URL, else the embedded server of this data folder.
    """
    url = url_of(run)
    parts = conninfo_to_dict(url) if url else {}
    extra = {
        key: value
        for key, value in parts.items()
        if key not in ("dbname", "user", "password", "host", "port") and value is not None
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname") or "tongban",
        "USER": parts.get("user") or "",
        "PASSWORD": parts.get("password") or "",
        "HOST": parts.get("host") or "",
        "PORT": parts.get("port") or "",
        "CONN_MAX_AGE": 0,
        # The pool asks a connection for a sign of life before it hands it out: after a restart of the server each of
        # those from before would cost somebody a request.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                "max_size": run.threads + POOL_SIZE_BEYOND_THREADS,
                "timeout": POOL_WAIT_SECONDS,
            },
            "server_side_binding": True,
            "prepare_threshold": PREPARE_AFTER if run.prepare_statements else None,
            **extra,
        },
    }
