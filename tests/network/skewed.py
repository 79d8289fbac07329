"""
A node's exchange with a clock that is wrong.

    python -m tests.network.skewed SECONDS    with the node's environment; ahead, or behind where it is negative
"""

import os
import sys
from datetime import timedelta
from importlib import import_module

from tongban.foundation import clock


def main() -> None:
    """
    Exchange until told to stop.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongban.config.settings"
    wrong_by = timedelta(seconds=int(sys.argv[1]))
    right = clock.now
    clock.now = lambda: right() + wrong_by
    # Imported now: whoever asks for the time takes the function out of its module when he is imported.
    import_module("tongban.config.cli").exchange()


if __name__ == "__main__":
    main()
