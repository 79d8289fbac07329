"""
What is done to let an older platform move in.
"""

from tongban.resources.movein.services.deciding import decide
from tongban.resources.movein.services.following import follow_once, platforms_due
from tongban.resources.movein.services.items import cut_over, go_back, require_moved_in
from tongban.resources.movein.services.loading import begin_run, check, load, run_in_background, try_load
from tongban.resources.movein.services.platforms import begin_to_follow, change_mapping, end, pause, register

__all__ = [
    "begin_run",
    "begin_to_follow",
    "change_mapping",
    "check",
    "cut_over",
    "decide",
    "end",
    "follow_once",
    "go_back",
    "load",
    "pause",
    "platforms_due",
    "register",
    "require_moved_in",
    "run_in_background",
    "try_load",
]
