"""
Wiring of moving in.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tongban.resources.movein.ports import OldDatabase


class MoveInConfig(AppConfig):
    """
    平台迁入.
    """

    name = "tongban.resources.movein"
    label = "movein"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "平台迁入"

    def ready(self) -> None:
        """
        Follow the node's own cases; say why nothing here is in a register of personal data.
        """
        from tongban.foundation import holdings  # noqa: PLC0415 -- after Django has loaded the models
        from tongban.resources.caselibrary import ports as library  # noqa: PLC0415
        from tongban.resources.movein import permissions, ports  # noqa: F401, PLC0415
        from tongban.resources.movein.services import writing_back  # noqa: PLC0415

        holdings.exempt(
            "movein.OldPlatform",
            why="What is sealed is how an old platform is reached: an address and a password.",
        )
        ports.reach_by(_open_database)
        library.follow_own_cases_by(writing_back.note_changes)


def _open_database(settings: Mapping[str, Any]) -> "AbstractContextManager[OldDatabase]":
    """
    Open an old platform's database; its library is loaded only where one is opened.
    """
    from tongban.resources.movein.adapters.database import opened  # noqa: PLC0415

    return opened(settings)
