import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.settings import CLUSTER, EXTERNAL_URL
from tongban.config import prepared
from tongban.config.env import RunSettings

pytestmark = pytest.mark.django_db

URL = EXTERNAL_URL or (CLUSTER.url if CLUSTER else "")


def state(area: Path, *, demo: bool = True, url: str = URL) -> str:
    run = RunSettings.model_construct(home=settings.TONGBAN_HOME, area=area)
    return prepared.state_of(run, demo=demo, database_url=url)


@pytest.fixture
def area(tmp_path: Path) -> Path:
    (tmp_path / "items.jsonl").write_text("{}\n")
    return tmp_path


class TestStateOf:
    def test_stays_as_long_as_nothing_changes(self, area: Path) -> None:
        assert state(area) == state(area)

    def test_changes_with_the_area(self, area: Path) -> None:
        before = state(area)

        os.utime(area / "items.jsonl", ns=(1, 1))

        assert state(area) != before

    def test_does_not_care_for_the_area_of_a_node_that_loads_none(self, area: Path) -> None:
        before = state(area, demo=False)

        (area / "more.jsonl").write_text("{}\n")

        assert state(area, demo=False) == before

    def test_changes_with_the_database(self, area: Path) -> None:
        other = urlsplit(URL)._replace(path="/postgres").geturl()

        assert state(area, url=other) != state(area)


class TestNote:
    def test_counts_only_with_the_static_files_in_place(self, tmp_path: Path) -> None:
        prepared.note(tmp_path, "abc")
        assert not prepared.is_noted(tmp_path, "abc")

        (tmp_path / "static").mkdir()

        assert prepared.is_noted(tmp_path, "abc")
        assert not prepared.is_noted(tmp_path, "abd")
