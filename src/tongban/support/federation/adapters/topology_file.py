"""
The topology file: mode and trusted parties, read anew when it changes. Stands in for the trust lists of the exchange.
"""

import tomllib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from tongban.support.federation.values import Mode, Provider, ProviderKind, Topology

logger = structlog.get_logger(__name__)

SHORTEST_KEY_BYTES = 16
SIMULATED = (
    ("wallet", "示例钱包（演示）", "Sample wallet (demonstration)", "EXTERNAL_ACCOUNT"),
    ("bank", "示例银行（演示）", "Sample bank (demonstration)", "BANK_CARD"),
    ("tax", "示例税务（演示）", "Sample tax office (demonstration)", ""),
    ("business", "示例电子营业执照（演示）", "Sample business licence (demonstration)", ""),
)
"""Code, names, and what a linked account proves about its holder."""


class TopologyWrong(Exception):
    """
    The topology file cannot be read or does not make sense; the sentence says where.
    """


class TopologyFile:
    """
    Port `TrustSource` over a file (TOML). No file: the node stands alone.
    """

    def __init__(self, path: Path | None, *, demonstration: tuple[Provider, ...] = ()) -> None:
        """
        Keep where it lies; it is read when it is needed.

        :param demonstration: parties that are there beside those of the file
        """
        self._path = path
        self._demonstration = demonstration

    def topology(self) -> Topology:
        """
        Return what the file says now.

        :raises TopologyWrong: it cannot be read
        """
        if self._path is None:
            return Topology(providers=self._demonstration)
        try:
            changed = self._path.stat().st_mtime_ns
        except OSError as error:
            raise TopologyWrong(f"{self._path}: {error.strerror}") from error
        topology = _read(self._path, changed)
        return replace(topology, providers=(*topology.providers, *self._demonstration))


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Topology:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        topology = Topology(
            mode=Mode(raw.get("mode", Mode.SEPARATE.value)),
            accounts_at=str(raw.get("accounts_at", "")),
            parent=str(raw.get("parent", "")),
            providers=tuple(_provider(row) for row in raw.get("providers", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TopologyWrong(f"{path}: {error}") from error
    codes = [provider.code for provider in topology.providers]
    if len(set(codes)) != len(codes):
        raise TopologyWrong(f"{path}: two providers have one code")
    if topology.accounts_at and topology.find(topology.accounts_at) is None:
        raise TopologyWrong(f"{path}: accounts_at names no provider")
    if topology.parent and topology.above is None:
        raise TopologyWrong(f"{path}: parent names no node with a shared_key")
    return topology


def _provider(row: dict[str, Any]) -> Provider:
    key = bytes.fromhex(row.get("shared_key", ""))
    if key and len(key) < SHORTEST_KEY_BYTES:
        raise ValueError(f"shared_key of {row['code']} is shorter than {SHORTEST_KEY_BYTES} bytes")
    return Provider(
        **{
            **row,
            "kind": ProviderKind(row["kind"]),
            "name_en": row.get("name_en", ""),
            "url": row["url"].rstrip("/"),
            "shared_key": key,
        }
    )


def simulated_platforms(url: str, *, client_id: str, client_secret: str) -> tuple[Provider, ...]:
    """
    Return the platforms of `tongban simulate authenticator`, whose accounts a demonstration can link.

    :param url: where they listen, without a slash at the end
    """
    return tuple(
        Provider(
            code=code,
            kind=ProviderKind.ACCOUNT,
            name=name,
            name_en=name_en,
            url=f"{url}/{code}",
            client_id=client_id,
            client_secret=client_secret,
            means=means,
        )
        for code, name, name_en, means in SIMULATED
    )
