"""
The one door to databases outside the node, whose address somebody has typed.

Whoever chose the address could make the node reach a server that only the node can reach, so its network must stand in
the settings, and the number that was judged is dialed (`outgoing.allowed_number`).
"""

from typing import Any, Final

import sqlalchemy as sa
from django.utils.translation import gettext_lazy as _
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from tongban.foundation.errors import UpstreamError
from tongban.foundation.outgoing import allowed_number

CONNECT_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 30
DRIVERS: Final = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
PORTS: Final = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
ENCRYPTED: Final = "require"


class DatabaseAway(UpstreamError):
    """
    The database is not reached, or refuses what was asked; `reason` is the kind of failure, nothing secret.
    """

    code = "database_away"
    message = _("数据库无法访问：%(reason)s")


def outside_engine(dsn: str, *, statement_seconds: int = STATEMENT_SECONDS) -> Engine:
    """
    Return an engine that keeps no connection.

    :param dsn: postgresql://…, mysql://… or mariadb://…, with ?sslmode=require where it must be encrypted
    :raises DatabaseAway: the address is of no kind that is known
    :raises AddressNotAllowed: its network is not permitted
    """
    try:
        url = make_url(dsn)
    except SQLAlchemyError as error:
        raise DatabaseAway(reason="DSN") from error
    kind = url.drivername.partition("+")[0]
    if kind not in DRIVERS or not url.host:
        raise DatabaseAway(reason="DSN")
    number = allowed_number(url.host, url.port or PORTS[kind])
    # One word for both kinds of database; anything else that an address may carry is left out.
    is_encrypted = url.query.get("sslmode") == ENCRYPTED
    url = url.set(drivername=DRIVERS[kind], query={})
    more: dict[str, Any]
    if kind == "postgresql":
        options = f"-c statement_timeout={statement_seconds * 1000}"
        more = {"connect_timeout": CONNECT_SECONDS, "options": options, "hostaddr": number}
        more |= {"sslmode": ENCRYPTED} if is_encrypted else {}
    else:
        url = url.set(host=number)
        more = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": statement_seconds,
            "write_timeout": statement_seconds,
            "charset": "utf8mb4",
            "local_infile": False,
        }
        more |= {"ssl": {"check_hostname": False}} if is_encrypted else {}
    return sa.create_engine(url, poolclass=NullPool, connect_args=more)
