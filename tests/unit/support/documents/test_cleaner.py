import io
import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, PngImagePlugin

import tongban
from tests.unit.support.documents.samples import (
    jpeg_that_claims,
    ofd,
    pdf,
    picture,
    plain_pdf,
    png_that_claims,
    saved,
)
from tongban.support.documents.adapters import cleaner
from tongban.support.documents.rules import Problem, Refused
from tongban.support.documents.values import FileKind

SCRIPT = b"<script>alert(document.cookie)</script>"


def action(kind: str, **more: Any) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name(kind), **more)


def link(document: pikepdf.Pdf, target: pikepdf.Dictionary) -> None:
    annotation = pikepdf.Dictionary(
        Type=pikepdf.Name("/Annot"), Subtype=pikepdf.Name("/Link"), Rect=[0, 0, 9, 9], A=target
    )
    document.pages[0].Annots = pikepdf.Array([annotation])


def with_open_action() -> bytes:
    document = pdf()
    document.Root.OpenAction = action("/JavaScript", JS="app.alert(1)")
    return saved(document)


def with_page_action() -> bytes:
    document = pdf()
    document.pages[0].AA = pikepdf.Dictionary(O=action("/JavaScript", JS="app.alert(1)"))
    return saved(document)


def with_named_script() -> bytes:
    document = pdf()
    script = action("/JavaScript", JS="app.alert(1)")
    document.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", script]))
    return saved(document)


def with_attachment() -> bytes:
    document = pdf()
    document.attachments["run.exe"] = b"MZ program"
    return saved(document)


def with_associated_file() -> bytes:
    document = pdf()
    stream = document.make_stream(b"MZ program")
    document.Root.AF = [pikepdf.Dictionary(Type=pikepdf.Name("/Filespec"), EF=pikepdf.Dictionary(F=stream))]
    return saved(document)


def with_form() -> bytes:
    document = pdf()
    field = document.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name("/Tx"), T="name", V="value"))
    document.Root.AcroForm = pikepdf.Dictionary(Fields=[field], XFA=document.make_stream(b"<xdp/>"))
    return saved(document)


def with_link(target: pikepdf.Dictionary) -> bytes:
    document = pdf()
    link(document, target)
    return saved(document)


def with_attached_annotation() -> bytes:
    document = pdf()
    annotation = pikepdf.Dictionary(Subtype=pikepdf.Name("/FileAttachment"), Rect=[0, 0, 9, 9])
    document.pages[0].Annots = [annotation]
    return saved(document)


def with_signature() -> bytes:
    document = pdf()
    document.Root.Perms = document.make_indirect(
        pikepdf.Dictionary(ByteRange=[0, 1, 2, 3], Contents=pikepdf.String("x"))
    )
    return saved(document)


def everything_in(content: bytes) -> str:
    with pikepdf.open(io.BytesIO(content)) as document:
        return "\n".join(repr(item) for item in document.objects)


class TestCleanPdf:
    def test_keeps_pages_and_their_size(self) -> None:
        clean, removed = cleaner.clean(saved(pdf(pages=3)), kind=FileKind.PDF)

        with pikepdf.open(io.BytesIO(clean)) as document:
            assert len(document.pages) == 3
            assert list(document.pages[0].mediabox) == [0, 0, 200, 200]
        assert removed == ()

    @pytest.mark.parametrize(
        ("content", "removed"),
        [
            (with_open_action(), ("ACTION",)),
            (with_page_action(), ("ACTION",)),
            (with_named_script(), ("SCRIPT",)),
            (with_attachment(), ("ATTACHMENT",)),
            (with_associated_file(), ("ATTACHMENT",)),
            (with_form(), ("FORM",)),
            (with_link(action("/Launch", F="calc.exe")), ("ACTION",)),
            (with_link(action("/SubmitForm", F="http://e.example")), ("ACTION",)),
            (with_link(action("/ImportData", F="a.fdf")), ("ACTION",)),
            (with_link(action("/GoToR", F="other.pdf")), ("ACTION",)),
            (with_link(action("/GoToE", F="inner.pdf")), ("ACTION",)),
            (with_link(action("/Rendition")), ("ACTION",)),
            (with_link(action("/URI", URI="javascript:alert(1)")), ("ACTION",)),
            (with_link(action("/URI", URI="file:///etc/passwd")), ("ACTION",)),
            (with_attached_annotation(), ("ATTACHMENT",)),
            (with_signature(), ("SIGNATURE",)),
        ],
    )
    def test_takes_out_what_acts_or_hides_and_says_so(self, content: bytes, removed: tuple[str, ...]) -> None:
        clean, told = cleaner.clean(content, kind=FileKind.PDF)

        assert set(removed) <= set(told)
        for trace in ("JavaScript", "app.alert", "Launch", "calc.exe", "MZ program", "/XFA", "javascript:"):
            assert trace not in everything_in(clean)
        assert cleaner.clean(clean, kind=FileKind.PDF)[1] in {(), ("SIGNATURE",)}

    def test_takes_files_that_say_something_of_themselves(self) -> None:
        document = pdf(pages=1)
        with document.open_metadata() as metadata:
            metadata["dc:title"] = "协议"

        assert cleaner.clean(saved(document), kind=FileKind.PDF)[1] == ()

    def test_keeps_links_to_the_web(self) -> None:
        clean, removed = cleaner.clean(
            with_link(action("/URI", URI="https://www.example.gov.cn/")), kind=FileKind.PDF
        )

        assert removed == ()
        assert "https://www.example.gov.cn/" in everything_in(clean)

    def test_drops_a_second_file_behind_or_inside_the_first(self) -> None:
        content = plain_pdf()
        content = content.replace(b"endobj", b"endobj\n%" + SCRIPT, 1) + SCRIPT + b"PK\x03\x04"

        clean, _ = cleaner.clean(content, kind=FileKind.PDF)

        assert SCRIPT not in clean
        assert b"PK\x03\x04" not in clean

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (saved(pdf(), encryption=pikepdf.Encryption(owner="o", user="u")), Problem.ENCRYPTED),
            (saved(pdf(), encryption=pikepdf.Encryption(owner="o", user="")), Problem.ENCRYPTED),
            (b"%PDF-1.7", Problem.DAMAGED),
            (b"%PDF-1.7\n" + b"\xff" * 5000, Problem.DAMAGED),
            (plain_pdf()[:80], Problem.DAMAGED),
            (saved(pikepdf.new()), Problem.DAMAGED),
            (saved(pdf(pages=2001)), Problem.TOO_COMPLEX),
        ],
    )
    def test_refuses_what_cannot_be_made_safe(self, content: bytes, problem: Problem) -> None:
        with pytest.raises(Refused) as refusal:
            cleaner.clean(content, kind=FileKind.PDF)

        assert refusal.value.problem is problem


class TestCleanPicture:
    def test_keeps_the_picture_and_drops_what_was_appended(self) -> None:
        clean, _ = cleaner.clean(picture("JPEG") + SCRIPT, kind=FileKind.JPEG)

        with Image.open(io.BytesIO(clean)) as image:
            assert (image.format, image.size) == ("JPEG", (40, 30))
        assert SCRIPT not in clean

    def test_drops_place_and_camera_and_turns_the_picture_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        exif[0x010F] = "camera of Zhang"

        clean, removed = cleaner.clean(picture("JPEG", exif=exif), kind=FileKind.JPEG)

        with Image.open(io.BytesIO(clean)) as image:
            assert image.size == (30, 40)
            assert not image.getexif()
        assert b"camera of Zhang" not in clean
        assert removed == ("METADATA",)

    def test_drops_text_chunks_of_a_png(self) -> None:
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SCRIPT.decode())

        clean, _ = cleaner.clean(picture("PNG", pnginfo=text), kind=FileKind.PNG)

        assert SCRIPT not in clean

    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16", "CMYK"])
    def test_writes_every_colour_mode(self, mode: str) -> None:
        output = io.BytesIO()
        kind = FileKind.JPEG if mode == "CMYK" else FileKind.PNG
        Image.new(mode, (8, 8)).save(output, "JPEG" if mode == "CMYK" else "PNG")

        clean, _ = cleaner.clean(output.getvalue(), kind=kind)

        with Image.open(io.BytesIO(clean)) as image:
            assert image.size == (8, 8)

    @pytest.mark.parametrize(
        ("content", "kind", "problem"),
        [
            (png_that_claims(20_000, 20_000), FileKind.PNG, Problem.TOO_MANY_PIXELS),
            (png_that_claims(2_000_000_000, 1), FileKind.PNG, Problem.TOO_MANY_PIXELS),
            (png_that_claims(65_000, 1_000), FileKind.PNG, Problem.TOO_MANY_PIXELS),
            (jpeg_that_claims(65_000, 65_000), FileKind.JPEG, Problem.TOO_MANY_PIXELS),
            (jpeg_that_claims(65_000, 1_000), FileKind.JPEG, Problem.TOO_MANY_PIXELS),
            (png_that_claims(0, 10), FileKind.PNG, Problem.DAMAGED),
            (picture("JPEG")[:200], FileKind.JPEG, Problem.DAMAGED),
            (b"\xff\xd8\xff", FileKind.JPEG, Problem.DAMAGED),
            (b"\xff\xd8\xff" + b"\0" * 3000, FileKind.JPEG, Problem.DAMAGED),
            (b"\x89PNG\r\n\x1a\n", FileKind.PNG, Problem.DAMAGED),
            (picture("PNG")[:60], FileKind.PNG, Problem.DAMAGED),
            (picture("GIF"), FileKind.PNG, Problem.DAMAGED),
            (picture("TIFF"), FileKind.JPEG, Problem.DAMAGED),
        ],
    )
    def test_refuses_what_cannot_be_made_safe(self, content: bytes, kind: FileKind, problem: Problem) -> None:
        with pytest.raises(Refused) as refusal:
            cleaner.clean(content, kind=kind)

        assert refusal.value.problem is problem


PROBE = """
import os, socket, sys
sys.argv = ["probe", str(512 * 1024 * 1024), "5"]
from tongban.support.documents.adapters.sandbox import run

def attempt(name, act):
    try:
        act()
    except OSError:
        return name + " refused"
    return name + " possible"

run(lambda content: (b"", {
    attempt("file", lambda: open("/etc/passwd")),
    attempt("internet", lambda: socket.socket(socket.AF_INET)),
    attempt("neighbour", lambda: socket.socket(socket.AF_UNIX)),
    attempt("pipe", os.pipe),
    attempt("descriptor", lambda: os.dup(0)),
}))
"""


SPINNER = """
import sys
sys.argv = ["spinner", str(512 * 1024 * 1024), "1"]
from tongban.support.documents.adapters.sandbox import run

def spin(content):
    while True:
        pass

run(spin)
"""
SLEEPER = """
import json, time
begun = time.monotonic()
time.sleep(0.5)
print(json.dumps({"problem": "", "detail": "", "removed": [begun, time.monotonic()]}))
"""
"""A reader that says from when to when it ran."""


class TestTheProcess:
    def test_can_open_no_file_and_no_connection(self) -> None:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", PROBE],
            input=b"",
            capture_output=True,
            timeout=180,
            env={"PYTHONPATH": str(Path(tongban.__file__).parents[1])},
            check=True,
        )

        assert json.loads(ended.stdout)["removed"] == [
            "descriptor refused",
            "file refused",
            "internet refused",
            "neighbour refused",
            "pipe refused",
        ]

    def test_reads_an_ofd_and_leaves_it_as_it_is(self) -> None:
        content = ofd()

        assert cleaner.clean(content, kind=FileKind.OFD) == (content, ())

    def test_refuses_a_bomb_in_an_ofd(self) -> None:
        with pytest.raises(Refused) as refusal:
            cleaner.clean(ofd(**{"Doc_0/b.xml": b"\0" * 20_000_000}), kind=FileKind.OFD)

        assert refusal.value.problem is Problem.BOMB

    def test_may_die_without_taking_the_server_along(self, monkeypatch: pytest.MonkeyPatch) -> None:
        program = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
        monkeypatch.setattr(cleaner, "_command", lambda _kind: ["timeit", "-n1", "-r1", program])

        with pytest.raises(Refused) as refusal:
            cleaner.clean(plain_pdf(), kind=FileKind.PDF)

        assert (refusal.value.problem, refusal.value.detail) == (Problem.TOO_COMPLEX, "exit -11")

    def test_may_not_use_more_memory_than_allowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cleaner, "MOST_MEMORY_BYTES", 200 * 1024 * 1024)

        with pytest.raises(Refused) as refusal:
            cleaner.clean(picture("PNG", size=(7_900, 7_900)), kind=FileKind.PNG)

        assert refusal.value.problem is Problem.TOO_COMPLEX

    def test_may_not_use_more_processor_time_than_allowed(self) -> None:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", SPINNER],
            input=b"",
            capture_output=True,
            timeout=180,
            env={"PYTHONPATH": str(Path(tongban.__file__).parents[1])},
            check=False,
        )

        # Which of the two comes first, kernels see differently.
        assert -ended.returncode in {signal.SIGKILL, signal.SIGXCPU}
        assert ended.stdout == b""

    def test_stands_beside_few_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cleaner, "_command", lambda _kind: ["timeit", "-n1", "-r1", SLEEPER])

        with ThreadPoolExecutor(max_workers=6) as pool:
            spans = list(pool.map(lambda _turn: cleaner.clean(b"", kind=FileKind.PDF)[1], range(6)))

        at_once = [sum(begun <= moment <= ended for begun, ended in spans) for moment, _ended in spans]
        assert 1 <= max(at_once) <= cleaner.MOST_AT_ONCE

    def test_may_not_run_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cleaner, "MOST_SECONDS", 0.05)

        with pytest.raises(Refused) as refusal:
            cleaner.clean(plain_pdf(), kind=FileKind.PDF)

        assert (refusal.value.problem, refusal.value.detail) == (Problem.TOO_COMPLEX, "time")
