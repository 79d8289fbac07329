"""
Say whether every change of a model has its migration, on a throw-away database.

    python -m tools.check_migrations
"""

import os
import sys

import django
from django.core.management import call_command

from tests.settings import CLUSTER


def main() -> int:
    """
    Return 0 when nothing is missing.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    if CLUSTER is not None:
        CLUSTER.start()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
    except SystemExit:
        sys.stderr.write(
            "migrations are missing: run `.venv/bin/tongban django makemigrations` and name them\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
