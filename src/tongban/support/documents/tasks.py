"""
Jobs of the documents app.
"""

import structlog

from tongban.foundation import clock, jobs
from tongban.support.documents import services

logger = structlog.get_logger(__name__)


@jobs.periodic("documents.sweep_storage", cron="20 18 * * *")
def sweep_storage() -> None:
    """
    Seal content from before files were sealed, and remove what nobody refers to, nightly at 02:20 in China.
    """
    if sealed := services.seal_files_in_clear():
        logger.info("files_sealed", sealed=sealed)
    logger.info("storage_swept", removed=services.sweep_storage(at=clock.now()))
