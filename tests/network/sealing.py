"""
What nobody can play from outside: a process beside a node that does as it is told.

    python -m tests.network.sealing ORDERS    with the node's environment; orders come line by line, answers too

ORDERS is the module of `tests.network` whose functions are told to it.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any, TextIO

import django

from tongban.config import node
from tongban.config.env import run


def main() -> None:
    """
    Do what each line says, until there are no more.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongban.config.settings"
    # What the node says meanwhile is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    with node.database(run):
        django.setup()
        # Imported here: models may be loaded only when all apps are.
        orders = import_module(f"tests.network.{sys.argv[1]}")
        for line in sys.stdin:
            order = json.loads(line)
            tell(getattr(orders, order.pop("do"))(**order), answers)


def tell(answer: Any, answers: TextIO) -> None:
    """
    Say one line.
    """
    answers.write(f"{json.dumps(answer)}\n")
    answers.flush()


if __name__ == "__main__":
    main()
