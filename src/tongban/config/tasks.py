"""
Upkeep of the job queue itself.
"""

from procrastinate import JobContext
from procrastinate.contrib.django import app

STALLED_AFTER_SECONDS = 30


@app.periodic(cron="* * * * *", periodic_id="retry_stalled_jobs")
@app.task(
    name="config.retry_stalled_jobs",
    queue="upkeep",
    queueing_lock="config.retry_stalled_jobs",
    pass_context=True,
)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """
    Put jobs back that a killed worker left half done; every job is safe to run twice.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        await manager.retry_job(job)
