"""
Spoilt OFD files: read or refused within two seconds, never a wrong "covered", never more than 200 MB.

OFD_FUZZ_FILES says how many the separate process tries (`make ofd-fuzz`).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import ofd
from tests.factories.ofd_mutations import Spoilt, complaints, seeds, spoilt, unsafe

FILES = int(os.environ.get("OFD_FUZZ_FILES", "200"))
AT_ONCE = 2_500
MOST_SECONDS = 2.0
MOST_BYTES = 200 * 1024 * 1024
ROOT = Path(__file__).parents[3]
PAGE = "Doc_0/Pages/Page_0/Content.xml"


class TestSpoiltFiles:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(min_value=0, max_value=2**64))
    def test_are_read_or_refused_and_never_believed(self, number: int) -> None:
        assert complaints(spoilt(number)) == []

    @pytest.mark.parametrize("first", range(0, FILES, AT_ONCE))
    def test_take_little_time_and_memory(self, first: int) -> None:
        count = min(AT_ONCE, FILES - first)

        ended = subprocess.run(
            [sys.executable, "-m", "tests.factories.ofd_mutations", str(first), str(count)],
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
            check=True,
        )

        told = json.loads(ended.stdout)
        assert told["wrong"] == {}
        assert told["tried"] == count
        assert told["slowest_seconds"] < MOST_SECONDS
        assert told["peak_bytes"] < MOST_BYTES


class TestTheWatch:
    """
    The oracle itself sees what it is there for.
    """

    def test_is_content_with_sound_files(self) -> None:
        assert [complaints(Spoilt(sound, ofd.zipped(sound))) for sound in seeds()] == [[], [], [], []]

    def test_sees_a_changed_part_called_covered(self) -> None:
        sound = ofd.signed(ofd.parts())
        other = sound | {PAGE: ofd.page_xml("").encode()}

        # Told that another page stood there, it finds that the signature covers one that did not.
        assert f"s001 covers the changed {PAGE}" in complaints(Spoilt(other, ofd.zipped(sound)))

    def test_sees_a_strange_part_in_a_file_called_valid(self) -> None:
        sound = ofd.signed(ofd.parts())
        fewer = {name: content for name, content in sound.items() if name != PAGE}

        assert f"valid with the strange {PAGE}" in complaints(Spoilt(fewer, ofd.zipped(sound)))

    @pytest.mark.parametrize(
        "svg",
        [
            b"<svg",
            b"<svg><script/></svg>",
            b"<svg><g onclick='x'/></svg>",
            b"<svg><use href='http://x.example/#a'/></svg>",
            b"<svg><image href='data:image/svg+xml;base64,'/></svg>",
            b"<svg><g fill='url(http://x.example)'/></svg>",
        ],
    )
    def test_sees_a_picture_that_acts_or_reaches_out(self, svg: bytes) -> None:
        assert len(unsafe(svg)) == 1
