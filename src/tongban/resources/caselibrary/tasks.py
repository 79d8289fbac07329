"""
Jobs of the case library.
"""

from uuid import UUID

from tongban.foundation import clock, jobs
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.services import exports


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


@jobs.job(exports.JOB, queue="upkeep")
def make_export(export_id: str) -> None:
    """
    Make an export that somebody asked for.
    """
    services.make_export(export_id=UUID(export_id), at=clock.now())


@jobs.periodic("caselibrary.expire_exports", cron="23 * * * *")
def expire_exports() -> None:
    """
    Delete exports that nobody may fetch any more.
    """
    services.expire_exports(at=clock.now())
