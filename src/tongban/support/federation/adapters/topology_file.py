"""
The topology file: mode and trusted parties, read anew when it changes. Stands in for the trust lists of the exchange.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from tongban.support.federation.values import Mode, Provider, ProviderKind, Topology

logger = structlog.get_logger(__name__)

SHORTEST_KEY_BYTES = 16


class TopologyWrong(Exception):
    """
    The topology file cannot be read or does not make sense; the sentence says where.
    """


class TopologyFile:
    """
    Port `TrustSource` over a file (TOML). No file: the node stands alone.
    """

    def __init__(self, path: Path | None) -> None:
        """
        Keep where it lies; it is read when it is needed.
        """
        self._path = path

    def topology(self) -> Topology:
        """
        Return what the file says now.

        :raises TopologyWrong: it cannot be read
        """
        if self._path is None:
            return Topology()
        try:
            changed = self._path.stat().st_mtime_ns
        except OSError as error:
            raise TopologyWrong(f"{self._path}: {error.strerror}") from error
        return _read(self._path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Topology:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        topology = Topology(
            mode=Mode(raw.get("mode", Mode.SEPARATE.value)),
            accounts_at=str(raw.get("accounts_at", "")),
            providers=tuple(_provider(row) for row in raw.get("providers", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TopologyWrong(f"{path}: {error}") from error
    codes = [provider.code for provider in topology.providers]
    if len(set(codes)) != len(codes):
        raise TopologyWrong(f"{path}: two providers have one code")
    if topology.accounts_at and topology.find(topology.accounts_at) is None:
        raise TopologyWrong(f"{path}: accounts_at names no provider")
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
