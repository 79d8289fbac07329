"""
Bring the lexicon that comes with the program into the database.
"""

from typing import Any

from django.core.management.base import BaseCommand

from tongban.foundation.actors import system_actor
from tongban.foundation.clock import now
from tongban.support.search.services import seed_lexicon


class Command(BaseCommand):
    """
    Add and refresh the everyday phrases that come with the program. Phrases written or switched off by staff stay.
    """

    help = "Add and refresh the everyday phrases that come with the program; those of staff stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Run `seed_lexicon` as the node itself.
        """
        del args, options
        changed = seed_lexicon(actor=system_actor("load_lexicon"), at=now())
        self.stdout.write(f"{changed} phrases added or changed")
