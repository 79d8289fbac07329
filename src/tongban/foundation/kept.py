"""
What waits in a browser's session for the next page, sealed: it holds a mobile, an ID number or who is about to log in.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Protocol

from tongban.foundation import crypto


class Session(Protocol):
    """
    What is needed of the web framework's session.
    """

    def __setitem__(self, key: str, value: object) -> None:
        """
        Keep a value on the server.
        """

    def get(self, key: str) -> object:
        """
        Return a value kept on the server.
        """

    def pop(self, key: str, default: object) -> object:
        """
        Return a value kept on the server, and keep it no more.
        """


def keep(session: Session, key: str, facts: Mapping[str, str]) -> None:
    """
    Keep facts for the pages that follow, under the name of the procedure.
    """
    sealed = crypto.seal(json.dumps(facts, ensure_ascii=False).encode(), context=key)
    session[key] = b64encode(sealed).decode()


def kept(session: Session, key: str) -> dict[str, str]:
    """
    Return what `keep` kept; empty where nothing was.
    """
    sealed = session.get(key)
    if not isinstance(sealed, str):
        return {}
    facts: dict[str, str] = json.loads(crypto.unseal(b64decode(sealed), context=key))
    return facts
