"""
Transactions, named after what is meant.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ParamSpec, TypeVar

from django.db import connection, models, transaction

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)


def business_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """
    Run the decorated service in one database transaction; joins the one that is open, if any.

    A service called by an interface opens the transaction; the same service called by another service
    takes part in the caller's, so that one request is always all or nothing.
    """
    return transaction.atomic(function)


def require_transaction() -> None:
    """
    Refuse to go on outside a transaction.

    :raises RuntimeError: no transaction is open; the caller is a defect
    """
    if not connection.in_atomic_block:
        raise RuntimeError("this must run inside a business transaction")


def insert_of(row: models.Model) -> tuple[str, list[Any]]:
    """
    Return the INSERT of a new row and its parameters, to be made together with another one; the row gets no number.
    """
    statement, fields = _insert_into(type(row))
    return statement, [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def rows_of(model: type[M], statement: str, parameters: Sequence[Any]) -> list[M]:
    """
    Return rows of a model by a statement of our own: what is asked with every signature is not put into words anew.

    :param statement: begins with `SELECT {columns} FROM` its table, and the braces are filled in here
    """
    names, columns = _read_columns(model)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(columns=columns), parameters)
        return [model.from_db(connection.alias, names, row) for row in cursor.fetchall()]


@cache
def _read_columns(model: type[models.Model]) -> tuple[list[str], str]:
    fields = model._meta.concrete_fields  # noqa: SLF001 -- Django's documented interface
    if any(hasattr(field, "from_db_value") for field in fields):
        raise TypeError(f"{model.__name__} has a field that the database returns in another form")
    name = connection.ops.quote_name
    table = name(model._meta.db_table)  # noqa: SLF001 -- as above
    columns = ", ".join(f"{table}.{name(str(field.column))}" for field in fields)
    return [field.attname for field in fields], columns


@cache
def _insert_into(model: type[models.Model]) -> tuple[str, tuple[Any, ...]]:
    about = model._meta  # noqa: SLF001 -- Django's documented interface
    fields = tuple(field for field in about.concrete_fields if not isinstance(field, models.AutoField))
    name = connection.ops.quote_name
    columns = ", ".join(name(str(field.column)) for field in fields)
    values = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {name(about.db_table)} ({columns}) VALUES ({values})", fields  # noqa: S608 -- names only
