"""
Sealed files spoilt at random, each time the same: no error leaves the verifier, and nothing that a seal covers is
changed unseen. SEAL_PROOF_ROUNDS says how many (`make seal-proof`).
"""

import io
import os
import random  # noqa: TID251 - seeded, so that each run is the same
import zipfile

import pikepdf
import pytest

from tests.factories.ofd import plain_ofd, zipped
from tests.factories.seals import AGENCY, AT, NODE, whole, with_seal
from tongban.support.seals import services
from tongban.support.seals.models import Seal
from tongban.support.seals.values import FileVerdictKind, SealPurpose

pytestmark = pytest.mark.django_db
ROUNDS = int(os.environ.get("SEAL_PROOF_ROUNDS", "150"))
ANY = set(FileVerdictKind)


@pytest.fixture
def seal() -> Seal:
    return with_seal()


def sealed(document: bytes) -> bytes:
    return services.seal_document(
        document=document,
        agency_code=AGENCY,
        purpose=SealPurpose.NOTICE,
        case_number="C-1",
        actor=NODE,
        at=AT,
    ).content


def plain_pdf() -> bytes:
    output = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(output)
    return output.getvalue()


def spoilt(content: bytes, dice: random.Random) -> bytes:
    """
    Return the content with some bytes changed, cut, doubled or gone.
    """
    place, length = dice.randrange(len(content)), dice.randint(1, 40)
    match dice.randrange(4):
        case 0:
            changed = bytearray(content)
            for _turn in range(dice.randint(1, 6)):
                changed[dice.randrange(len(changed))] ^= dice.randint(1, 255)
            return bytes(changed)
        case 1:
            return content[:place]
        case 2:
            return content[:place] + content[place + length :]
        case _:
            return content[: place + length] + content[place:]


def verdict_on(content: bytes) -> FileVerdictKind:
    return services.verify_file(content=content, name="x", at=AT).verdict


class TestSpoilt:
    @pytest.mark.usefixtures("seal")
    def test_pdf_never_ends_in_an_error_nor_passes_with_other_contents(self) -> None:
        content = sealed(plain_pdf())
        begin = content.index(b"/Contents <") + len(b"/Contents <")
        end = content.index(b">", begin)
        dice = random.Random(20261122)

        for _round in range(ROUNDS):
            touched = spoilt(content, dice)
            is_covered = (
                touched[:begin] != content[:begin] or touched[-(len(content) - end) :] != content[end:]
            )
            verdict = verdict_on(touched)

            assert verdict in ANY
            assert not (is_covered and verdict is FileVerdictKind.VALID)

    @pytest.mark.usefixtures("seal")
    def test_ofd_never_ends_in_an_error_nor_passes_with_another_part(self) -> None:
        content = sealed(plain_ofd())
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        names = sorted(name for name in held if not name.endswith("Signatures.xml"))
        dice = random.Random(20261122)

        for _round in range(ROUNDS):
            name = dice.choice(names)
            touched = spoilt(held[name], dice)
            verdict = verdict_on(zipped(held | {name: touched}))

            assert verdict in ANY
            assert verdict is not FileVerdictKind.VALID or touched == held[name], name

    def test_seal_never_ends_in_an_error_nor_passes(self, seal: Seal) -> None:
        content = whole(seal)
        dice = random.Random(20261122)

        for _round in range(ROUNDS * 2):
            touched = spoilt(content, dice)

            assert verdict_on(touched) is not FileVerdictKind.VALID or touched == content
