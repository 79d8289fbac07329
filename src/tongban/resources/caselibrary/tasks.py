"""
Jobs of the case library.
"""

from tongban.foundation import clock, jobs
from tongban.resources.caselibrary import services


@jobs.periodic("caselibrary.fold_tallies", cron="7 * * * *")
def fold_tallies() -> None:
    """
    Make one row of those that count the same.
    """
    services.fold_tallies()


@jobs.periodic("caselibrary.note_missing", cron="41 18 * * *")
def note_missing() -> None:
    """
    Write down cases and results that are missing for longer than a day; at night in China.
    """
    services.note_missing(at=clock.now())
