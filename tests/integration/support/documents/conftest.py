from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tongban.foundation.actors import Actor, ActorKind
from tongban.support.documents import ports
from tongban.support.documents.values import Owner

ZHANG = Actor(kind=ActorKind.PERSON, id="account-zhang", person_id="zhang")
LI = Actor(kind=ActorKind.PERSON, id="account-li", person_id="li")
DRAFT = Owner(kind="tests.draft", key="zhang")
CASE = Owner(kind="tests.case", key="zhang")


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> Path:
    """
    Keep each test's files apart.
    """
    settings.TONGBAN_HOME = tmp_path
    return tmp_path / "files"


@pytest.fixture(autouse=True)
def owners() -> Iterator[None]:
    """
    Let drafts and cases of tests belong to the person whose id is their key.
    """
    for kind in ("tests.draft", "tests.case"):
        ports.register_owner(kind, lambda actor, key: actor.person_id == key)
    yield
    for kind in ("tests.draft", "tests.case"):
        ports.register_owner(kind, lambda _actor, _key: False)
