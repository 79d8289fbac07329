"""
`tongban docking-tables`: the SQL of a system's front-end tables, and of the role that it writes them with.
"""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from tongban.foundation.errors import ServiceError
from tongban.foundation.exits import NodeProblem
from tongban.resources.docking import services
from tongban.resources.docking.adapters import front_end
from tongban.resources.docking.services.tables import schema_of


class Dialect(StrEnum):
    """
    Kind of database.
    """

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"


class NoTables(NodeProblem):
    """
    There is no such system, or its tables do not lie in the node's own database.
    """

    exit_code = 42


def docking_tables(
    *,
    system: Annotated[str, typer.Option(help="Code of the system.")],
    dialect: Annotated[Dialect, typer.Option(help="Kind of database.")] = Dialect.POSTGRESQL,
    place: Annotated[
        str, typer.Option(help="Schema in PostgreSQL, database in MySQL; as a rule dock_CODE.")
    ] = "",
    create: Annotated[
        bool, typer.Option("--create", help="Make the tables in a schema of the node's own database now.")
    ] = False,
) -> None:
    """
    Print the SQL of the front-end tables and of a role that may do no more than it must; nothing is run but --create.

    :raises NoTables: the tables cannot be made here
    """
    where = place or schema_of(system)
    if create:
        try:
            services.make_tables(code=system)
        except ServiceError as refusal:
            raise NoTables(str(refusal)) from refusal
        return
    sys.stdout.write(front_end.ddl(dialect.value))
    sys.stdout.write("\n" + front_end.rights(dialect.value, role=schema_of(system), place=where))
