"""
What contracts need: the English compiled from the catalogue as it stands.
"""

from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from django.utils.translation.reloader import translation_file_changed

from tools import translations


@pytest.fixture(scope="session")
def english() -> None:
    """
    Compile the catalogue where that has not been done since it changed, and make Django read it.
    """
    compiled = translations.CATALOGUE.with_suffix(".mo")
    if not compiled.is_file() or compiled.stat().st_mtime < translations.CATALOGUE.stat().st_mtime:
        with compiled.open("wb") as file:
            write_mo(file, translations.read())
    translation_file_changed(sender=None, file_path=Path(compiled))
