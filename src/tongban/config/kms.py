"""
Where the key lies that the node's keys are wrapped with: a key management service (KMS).

Behind one there may be a cryptographic machine. The key never leaves it; the node sends a key of its own and gets it
back wrapped, or the other way round.

The port is `KeyService`. Without one, `keys.json` holds the keys as they are and its file mode protects them.
Source: GB/T 39786-2021 8.5 (keys of the third level are kept by certified cryptographic products).
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, urlsplit

from tongban.foundation.exits import NodeProblem

TRIES = 3
LARGEST_ANSWER = 64 * 1024
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class KeysUnusable(NodeProblem):
    """
    The keys of the node cannot be read: the file is damaged, or the KMS does not give them.
    """

    exit_code = 25


class KeyService(Protocol):
    """
    Wraps keys with a key that never leaves it.
    """

    @property
    def name(self) -> str:
        """
        Return which key of which service wraps; written into the key file, no secret.
        """
        ...

    def wrap(self, key: bytes, *, context: str) -> str:
        """
        Return the key wrapped, as text.

        :param context: what the key is for; a wrapped key is good for nothing else
        :raises KeysUnusable: the service does not do it
        """
        ...

    def unwrap(self, wrapped: str, *, context: str) -> bytes:
        """
        Return the key that `wrap` was given with the same context.

        :raises KeysUnusable: the service does not do it
        """
        ...


@dataclass(frozen=True, kw_only=True)
class HttpKms:
    """
    A KMS that is spoken to by HTTPS.

    POST <url>/v1/keys/<key id>/wrap {"plaintext", "context"} answers {"ciphertext"}, /unwrap the other way round;
    bytes are base64. The caller is known by a bearer token.
    """

    url: str
    """Without a slash at the end."""
    key_id: str
    token: str = field(repr=False)
    timeout_seconds: float = 5.0

    def __post_init__(self) -> None:
        """
        Refuse to send keys over a line that others can read.

        :raises KeysUnusable: plain HTTP to another machine
        """
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in THIS_MACHINE):
            raise KeysUnusable(
                f"TONGBAN_KEYS_KMS_URL must begin with https://, or be on this machine: {self.url}"
            )

    @property
    def name(self) -> str:
        """
        Return which key wraps.
        """
        return f"{self.url}#{self.key_id}"

    def wrap(self, key: bytes, *, context: str) -> str:
        """
        Return the key wrapped; see `KeyService.wrap`.
        """
        answer = self._ask("wrap", {"plaintext": base64.b64encode(key).decode(), "context": context})
        wrapped = answer.get("ciphertext", "")
        if not wrapped or self.unwrap(wrapped, context=context) != key:
            raise KeysUnusable(f"The KMS wraps keys that it does not give back: {self.url}")
        return wrapped

    def unwrap(self, wrapped: str, *, context: str) -> bytes:
        """
        Return the key; see `KeyService.unwrap`.
        """
        answer = self._ask("unwrap", {"ciphertext": wrapped, "context": context})
        try:
            key = base64.b64decode(answer.get("plaintext", ""), validate=True)
        except binascii.Error:
            key = b""
        if not key:
            raise KeysUnusable(f"The KMS does not answer with a key: {self.url}")
        return key

    def _ask(self, act: str, question: dict[str, str]) -> dict[str, str]:
        import httpx  # noqa: PLC0415 -- a node without a KMS does not wait for it

        address = f"{self.url}/v1/keys/{quote(self.key_id, safe='')}/{act}"
        reason = ""
        for _try in range(TRIES):
            try:
                with httpx.Client(trust_env=False, timeout=self.timeout_seconds) as client:
                    response = client.post(
                        address, json=question, headers={"Authorization": f"Bearer {self.token}"}
                    )
            except httpx.HTTPError as error:
                reason = f"it does not answer ({type(error).__name__})"
                continue
            if response.is_success:
                return _texts(response.content)
            reason = f"it refuses ({response.status_code})"
            if response.status_code < 500:  # noqa: PLR2004 -- it will say the same again
                break
        raise KeysUnusable(
            f"The KMS at {self.url} does not {act} the node's keys: {reason}. "
            "The node does not start without it, and never falls back on keys in clear."
        )


def _texts(content: bytes) -> dict[str, str]:
    try:
        value = json.loads(content[: LARGEST_ANSWER + 1])
    except ValueError:
        return {}
    return (
        {name: text for name, text in value.items() if isinstance(text, str)}
        if isinstance(value, dict)
        else {}
    )
