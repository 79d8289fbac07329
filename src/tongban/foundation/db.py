"""
Transactions, named after what is meant.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")


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
