"""
An agency's system that is docked by files: it fetches what lies in `out`, and puts what it says into `in`.

It writes the file first and the manifest last, and takes each kind of file in turn.
"""

import csv
import hashlib
import io
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from simulators.agency.office import BEIJING, HANDLER, Office, guid, now
from simulators.dials import happens

MANIFEST = ".manifest.json"
KINDS = ("csv", "jsonl", "xml")
Row = dict[str, str]


@dataclass
class Files:
    """
    One agency at its folder.
    """

    folder: Path
    office: Office = field(default_factory=Office)
    clock: Callable[[], datetime] = now
    _written: int = 0

    def work(self) -> int:
        """
        Do one turn, and return how many files were fetched.
        """
        manifests = sorted((self.folder / "out").glob(f"*{MANIFEST}"))
        for path in manifests:
            self._fetch(path)
        for path in (self.folder / "rejected").glob("*.report.json"):
            self._complained(path)
        return len(manifests)

    def work_until(self, stop: threading.Event, *, pause_seconds: float = 1.0) -> None:
        """
        Work until told to stop.
        """
        while not stop.is_set():
            if self.work() == 0:
                stop.wait(pause_seconds)

    def put(self, rows: list[Row], *, kind: str = "", digest: str = "") -> str:
        """
        Write a file of rows with its manifest, and return its name.
        """
        self._written += 1
        kind = kind or KINDS[self._written % len(KINDS)]
        name = f"reports-{self._written:06}-{guid()[:8]}.{kind}"
        content = WRITERS[kind](rows)
        (self.folder / "in" / name).write_bytes(content)
        manifest = {"name": name, "rows": len(rows), "sm3": digest or _sm3(content)}
        (self.folder / "in" / f"{name}{MANIFEST}").write_text(json.dumps(manifest), encoding="utf-8")
        return name

    def _fetch(self, manifest: Path) -> None:
        said = json.loads(manifest.read_text(encoding="utf-8"))
        data = manifest.with_name(said["name"])
        content = data.read_bytes()
        if _sm3(content) != said["sm3"]:
            self.office.complaints.append("digest")
            return
        for line in content.splitlines():
            self._hear(json.loads(line))
        data.unlink()
        manifest.unlink()

    def _hear(self, message: dict[str, Any]) -> None:
        number = message["case_number"]
        if message["kind"] == "CASE":
            accepted = bool(message["case"]["accept_date"])
            if self.office.is_heard_of(number, is_accepted=accepted):
                self._say(number, accepted=accepted)
            return
        case = self.office.cases.get(number)
        if case is not None:
            case.told.append(message["event"])
            case.licence = case.licence or message["data"].get("identifier", "")

    def _say(self, number: str, *, accepted: bool) -> None:
        if accepted:
            rows = [
                {"kind": "STEP", "step_name": "现场核查", "outcome": "PASS", "opinion": "与材料一致"},
                {"kind": "GRANTED", "opinion": "符合条件，准予许可"},
            ]
        else:
            rows = [{"kind": "ACCEPTED", "opinion": "材料齐全"}]
        at = self.clock().replace(tzinfo=BEIJING).isoformat()
        rows = [{"id": guid(), "case_number": number, "at": at, "handler": HANDLER, **row} for row in rows]
        self.put(rows, digest="0" * 64 if happens(self.office.dials.wrong) else "")
        if happens(self.office.dials.twice):
            self.put(rows)

    def _complained(self, path: Path) -> None:
        for row in json.loads(path.read_text(encoding="utf-8"))["rows"]:
            self.office.complaints.append(row["code"])


def _csv(rows: list[Row]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _jsonl(rows: list[Row]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


def _xml(rows: list[Row]) -> bytes:
    lines = ("".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items()) for row in rows)
    body = "".join(f"<report>{line}</report>" for line in lines)
    return f'<?xml version="1.0" encoding="UTF-8"?><reports>{body}</reports>'.encode()


WRITERS: dict[str, Callable[[list[Row]], bytes]] = {"csv": _csv, "jsonl": _jsonl, "xml": _xml}


def _sm3(content: bytes) -> str:
    return hashlib.new("sm3", content).hexdigest()
