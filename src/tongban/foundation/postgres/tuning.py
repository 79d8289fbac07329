"""
Settings of the embedded server for the machine it runs on, from 2 GB to a large one.

Only settings that every build knows are used (the wheel's has neither ICU nor lz4), so a data folder can move
between the wheel's programs and the system's.
"""

import os
from pathlib import Path

MB = 1024 * 1024
GB = 1024 * MB

#: Below this a container's /dev/shm is too small for parallel queries.
SMALL_SHARED_MEMORY = 256 * MB


def memory_bytes() -> int:
    """
    Return the memory this process may use: the machine's, or less where a container's limit says so.
    """
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            text = limit.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdecimal():
            total = min(total, int(text))
    return total


def settings_for(
    memory: int, *, socket_folder: str, listen: str = "", port: int = 5432, durable: bool = True
) -> dict[str, str]:
    """
    Return the server's settings.

    :param memory: bytes the machine has; a quarter at most is taken for good
    :param socket_folder: where the UNIX socket lies
    :param listen: TCP addresses; empty means none, the default
    :param port: names the socket too
    :param durable: False gives up safety for speed; for throw-away clusters of tests only
    """
    settings = {
        "unix_socket_directories": socket_folder,
        "unix_socket_permissions": "0700",
        "listen_addresses": listen,
        "port": str(port),
        "max_connections": "100",
        "password_encryption": "scram-sha-256",
        "shared_buffers": _megabytes(memory // 8, low=64, high=4096),
        "effective_cache_size": _megabytes(memory // 2, low=512, high=64 * 1024),
        "work_mem": _megabytes(memory // 1024, low=4, high=32),
        "maintenance_work_mem": _megabytes(memory // 32, low=64, high=1024),
        "wal_compression": "pglz",
        "min_wal_size": "128MB",
        "max_wal_size": "2GB" if memory >= 4 * GB else "1GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "autovacuum_naptime": "30s",
        "autovacuum_vacuum_cost_limit": "1000",
        "idle_in_transaction_session_timeout": "5min",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "iso, ymd",
        "lc_messages": "C",
        "log_checkpoints": "off",
        "log_min_duration_statement": "2s",
        "log_line_prefix": "%m [%p] %a ",
        "track_io_timing": "on",
    }
    if _shared_memory_bytes() < SMALL_SHARED_MEMORY:
        settings["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        settings |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
        }
    return settings


def render(settings: dict[str, str]) -> str:
    """
    Return the text of a configuration file.
    """
    lines = [f"{name} = '{_quote(value)}'" for name, value in settings.items()]
    head = "# Written at every start; put your own settings into local.conf beside this file."
    return "\n".join([head, *lines, "include_if_exists 'local.conf'", ""])


def _megabytes(wanted: int, *, low: int, high: int) -> str:
    return f"{max(low, min(high, wanted // MB))}MB"


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _shared_memory_bytes() -> int:
    try:
        state = os.statvfs("/dev/shm")  # noqa: S108 -- asked for its size only
    except OSError:
        return 0
    return state.f_frsize * state.f_blocks
