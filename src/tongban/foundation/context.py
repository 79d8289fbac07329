"""
What belongs to the request being answered and would otherwise have to be handed through every call.
"""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """
    Return the id of the request being answered; empty in jobs and commands.
    """
    return _request_id.get()


def set_request_id(value: str) -> None:
    """
    Set the id of the request being answered.
    """
    _request_id.set(value)


_address: ContextVar[str] = ContextVar("address", default="")


def address() -> str:
    """
    Return the address the request being answered came from; empty in jobs and commands.
    """
    return _address.get()


def set_address(value: str) -> None:
    """
    Set the address the request being answered came from.
    """
    _address.set(value)
