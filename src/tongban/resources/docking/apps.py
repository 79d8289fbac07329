"""
Wiring of docking.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tongban.resources.docking.ports import Folder, FrontEnd


class DockingConfig(AppConfig):
    """
    系统对接.
    """

    name = "tongban.resources.docking"
    label = "docking"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "系统对接"

    def ready(self) -> None:
        """
        Listen to what happens to cases; say why messages are in no register of personal data.
        """
        from tongban.foundation import events, holdings  # noqa: PLC0415 -- after Django has loaded the models
        from tongban.resources.docking import permissions, ports  # noqa: F401, PLC0415
        from tongban.resources.docking.services import giving  # noqa: PLC0415

        holdings.exempt(
            "docking.DockedSystem",
            why="What is sealed is how a system is reached: an address and a password.",
        )
        holdings.exempt(
            "docking.DockMessage",
            why="What an agency's own system was told of a case, or told of it; the case is in the copy, and contents"
            " are forgotten after a term.",
        )
        ports.reach_tables_by(_open_front_end)
        ports.reach_folders_by(_open_folder)
        for end in giving.FOLLOWED:
            # One subscriber name: what happens to a case reaches its system in order.
            events.subscribe(
                f"casework.case_{end}", subscriber="docking.follow_case", reaction=giving.follow_case
            )


def _open_front_end(settings: Mapping[str, Any]) -> "AbstractContextManager[FrontEnd]":
    """
    Open a front-end database; its library is loaded only where one is opened.
    """
    from tongban.resources.docking.adapters.front_end import opened  # noqa: PLC0415

    return opened(settings)


def _open_folder(code: str) -> "Folder":
    """
    Open a system's folder.
    """
    from tongban.resources.docking.adapters.folder import WatchedFolder  # noqa: PLC0415

    return WatchedFolder(code)
