"""
Django's settings for tests: those of the node, on a throw-away data folder and a throw-away database.

The environment is arranged before the node's settings are read, because they read it once. The database server is
chosen here and started by `conftest` when the first test asks for it, so unit tests never pay for it.

TONGBAN_TEST_DATABASE_URL, or DATABASE_URL, names an external PostgreSQL to run on instead.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.factories.homes import recorded_home, with_tables
from tongban.foundation.postgres.cluster import DATABASE, Cluster
from tongban.foundation.postgres.home import remove

ENTERABLE = 0o711


def _throw_away_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tongban-test-"))
    # The server runs as another account when tests run as root; it must be able to pass through.
    folder.chmod(ENTERABLE)
    return folder


FOLDER = _throw_away_folder()
# Written down, because DATABASE_URL is replaced below and processes that run tests side by side inherit it.
EXTERNAL_URL = os.environ.setdefault("TONGBAN_TEST_DATABASE_URL", os.environ.get("DATABASE_URL", ""))

#: None when an external server is used.
CLUSTER = None if EXTERNAL_URL else Cluster(recorded_home(FOLDER / "database"), durable=False)


def start_cluster() -> None:
    """
    Start the server of the tests; its database has the tables of today, as a pattern for those of tests.
    """
    if CLUSTER is not None:
        with_tables(FOLDER / "database")
        CLUSTER.start()


@atexit.register
def _clean_up() -> None:
    if CLUSTER is not None:
        CLUSTER.stop()
        remove(CLUSTER.home)
    shutil.rmtree(FOLDER, ignore_errors=True)


for name in [
    name for name in os.environ if name.startswith("TONGBAN_") and not name.startswith("TONGBAN_TEST_")
]:
    # What the person at the keyboard has set for their own node must not change what tests see.
    del os.environ[name]
os.environ["TONGBAN_HOME"] = str(FOLDER / "home")
# Nodes under test are many processes: each would compile fifteen hundred modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# What it asks for is tested where it is meant; everywhere else staff log in by password.
os.environ["TONGBAN_IDENTITY_STAFF_SECOND_FACTOR"] = "optional"
# A whole suite comes from one address, faster than any office; what limits do is tested where it is meant.
os.environ["TONGBAN_RATES_PER_ADDRESS"] = os.environ["TONGBAN_RATES_PER_PERSON"] = "1000000000"
os.environ["TONGBAN_RATES_PER_CLIENT"] = "1000000000"
os.environ["DATABASE_URL"] = EXTERNAL_URL or (CLUSTER.url if CLUSTER is not None else "")

from tongban.config.settings import *  # noqa: E402, F403

if CLUSTER is not None:
    DATABASES["default"]["TEST"] = {"TEMPLATE": DATABASE}  # noqa: F405

#: Correct, and a thousand times cheaper than the node's own.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
