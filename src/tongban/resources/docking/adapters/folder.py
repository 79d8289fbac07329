"""
The folder in which node and system meet, below the node's data folder: docking/CODE/.

A file is there when its manifest is there: NAME, then NAME.manifest.json with name, rows and SM3 digest. The folder is
always of this node's choosing, so that nobody who may register a system can name another; it is shared by SFTP, SMB or
a mount as the operator likes. Symbolic links are not followed.
"""

import glob
import hashlib
import os
import re
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings

from tongban.resources.docking.adapters.formats import NotReadable, Row, rows_in
from tongban.resources.docking.ports import Arrival, FolderAway

MANIFEST: Final = ".manifest.json"
REPORT: Final = ".report.json"
IN, OUT = "in", "out"
PLACES: Final = (IN, "accepted", "rejected", "quarantine", OUT)
NAME: Final = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]{0,99}")
LARGEST_MANIFEST: Final = 64 * 1024
LARGEST_FILE: Final = 50 * 1024 * 1024


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a manifest says; other members are left alone.
    """

    name: str
    rows: int
    sm3: str


class _Bad(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


class WatchedFolder:
    """
    The folder of one system.
    """

    def __init__(self, code: str) -> None:
        self.root = folder_of(code)
        try:
            for place in PLACES:
                (self.root / place).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FolderAway(reason=type(error).__name__) from error

    def arrivals(self, *, limit: int) -> list[Arrival]:
        """
        Return files whose manifest is there, by name.
        """
        manifests = sorted(path for path in self._in.iterdir() if path.name.endswith(MANIFEST))
        return [self._arrival(path) for path in manifests[:limit] if not self._is_finished(path)]

    def settle(self, arrival: Arrival, place: str, report: bytes) -> None:
        """
        Write the report, move the file, then its manifest: whatever a crash leaves undone is done the next time.
        """
        to = self.root / place
        try:
            stem = self._free_name(arrival, to)
            _write(to / f"{stem}{REPORT}", report)
            data = self._in / arrival.name
            if arrival.name and data.is_file() and not data.is_symlink():
                data.replace(to / stem)
            (self._in / arrival.manifest).replace(to / f"{stem}{MANIFEST}")
        except OSError as error:
            raise FolderAway(reason=type(error).__name__) from error

    def put(self, name: str, content: bytes, *, rows: int) -> None:
        """
        Write a file into `out`, its manifest last.
        """
        manifest = Manifest(name=name, rows=rows, sm3=_sm3(content))
        try:
            _write(self.root / OUT / name, content)
            _write(self.root / OUT / f"{name}{MANIFEST}", msgspec.json.encode(manifest))
        except OSError as error:
            raise FolderAway(reason=type(error).__name__) from error

    def waiting(self) -> set[str]:
        """
        Return the names of files in `out` whose manifest is still there.
        """
        there = (self.root / OUT).iterdir()
        return {path.name.removesuffix(MANIFEST) for path in there if path.name.endswith(MANIFEST)}

    def counts(self) -> dict[str, int]:
        """
        Return how many manifests lie in each place; -1: it cannot be read or written.
        """
        return {
            place: sum(path.name.endswith(MANIFEST) for path in (self.root / place).iterdir())
            if os.access(self.root / place, os.R_OK | os.W_OK | os.X_OK)
            else -1
            for place in PLACES
        }

    @property
    def _in(self) -> Path:
        return self.root / IN

    def _arrival(self, path: Path) -> Arrival:
        name = path.name.removesuffix(MANIFEST)
        try:
            rows = self._rows(path, name)
        except _Bad as bad:
            return Arrival(name=name, manifest=path.name, problem=(bad.code, bad.text))
        return Arrival(name=name, manifest=path.name, rows=rows)

    def _rows(self, path: Path, name: str) -> tuple[Row, ...]:
        manifest = self._manifest(path, name)
        content = self._content(name)
        if _sm3(content) != manifest.sm3.lower():
            raise _Bad("digest_differs", "文件的 SM3 摘要与清单不符")
        try:
            rows = rows_in(Path(name).suffix, content)
        except NotReadable as error:
            raise _Bad("file_not_readable", f"文件无法读取：{error}") from error
        if len(rows) != manifest.rows:
            raise _Bad("rows_differ", f"文件有 {len(rows)} 行，清单写明 {manifest.rows} 行")
        return rows

    def _is_finished(self, path: Path) -> bool:
        """
        Move a manifest after its file that was moved before a crash, and return whether there was one.
        """
        name = path.name.removesuffix(MANIFEST)
        if (self._in / name).exists():
            return False
        for place in PLACES[1:-1]:
            for moved in (self.root / place).glob(f"*{glob.escape(name)}"):
                manifest = moved.with_name(f"{moved.name}{MANIFEST}")
                if moved.with_name(f"{moved.name}{REPORT}").exists() and not manifest.exists():
                    path.replace(manifest)
                    return True
        return False

    def _manifest(self, path: Path, name: str) -> Manifest:
        if path.is_symlink() or path.stat().st_size > LARGEST_MANIFEST:
            raise _Bad("manifest_not_readable", "清单过大或不是文件")
        try:
            manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except msgspec.MsgspecError as error:
            raise _Bad("manifest_not_readable", f"清单无法读取：{error}") from error
        if manifest.name != name or not NAME.fullmatch(name):
            raise _Bad("manifest_names_another", "清单中的文件名与清单自身的文件名不符")
        return manifest

    def _content(self, name: str) -> bytes:
        path = self._in / name
        if path.is_symlink() or not path.is_file():
            raise _Bad("file_missing", "清单所指的文件不存在")
        if path.stat().st_size > LARGEST_FILE:
            raise _Bad("file_too_large", "文件超过 50 MB")
        return path.read_bytes()

    def _free_name(self, arrival: Arrival, to: Path) -> str:
        """
        Return a name that nothing in the place has; a file of the same name came before and stays.
        """
        base = arrival.name if NAME.fullmatch(arrival.name) else "unnamed"
        if not (to / f"{base}{MANIFEST}").exists():
            return base
        return next(
            f"{number}-{base}"
            for number in range(2, 1_000_000)
            if not (to / f"{number}-{base}{MANIFEST}").exists()
        )


def folder_of(code: str) -> Path:
    """
    Return where the folder of a system lies.
    """
    home: Path = settings.TONGBAN_HOME
    return home / "docking" / code


def _write(path: Path, content: bytes) -> None:
    """
    Write a file so that it is either there whole or not at all.
    """
    fresh = path.with_name(f".{path.name}.part")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)


def _sm3(content: bytes) -> str:
    return hashlib.new("sm3", content).hexdigest()
