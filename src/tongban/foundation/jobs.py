"""
Jobs proper: notices, documents, timers, periodic work. The only module that knows the job library.

`defer` writes the job with the business transaction's own connection, so a job exists exactly when the change does.
Callers name the job and never import the module that holds it.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

P = ParamSpec("P")
R = TypeVar("R")

FIRST_WAIT_SECONDS = 4


def job(name: str, *, queue: str, attempts: int = 1) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Register the decorated function as the job called `name`.

    :param name: "app.verb_noun"
    :param queue: "documents", "messages" or "upkeep"
    :param attempts: how often in all; waits grow as 4 s, 16 s, 64 s ...
    """

    def register(function: Callable[P, R]) -> Callable[P, R]:
        retry = RetryStrategy(max_attempts=attempts, exponential_wait=FIRST_WAIT_SECONDS)
        app.task(name=name, queue=queue, retry=retry)(function)
        return function

    return register


def periodic(
    name: str, *, cron: str, queue: str = "upkeep"
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """
    Run the decorated function as the job called `name` at the times of `cron` (five fields, UTC).
    """

    def register(function: Callable[[], None]) -> Callable[[], None]:
        def run(timestamp: int) -> None:
            function()

        app.periodic(cron=cron)(app.task(name=name, queue=queue, queueing_lock=name)(run))
        return function

    return register


def defer(name: str, /, *, once: str | None = None, **arguments: str | int) -> None:
    """
    Queue the job called `name` in the transaction that is open now.

    :param once: while a job with this key is waiting, another one is not queued
    """
    if once is None:
        app.configure_task(name).defer(**arguments)
        return
    try:
        # A savepoint: the database refuses the second job by an error, which would end the caller's transaction.
        with transaction.atomic():
            app.configure_task(name, queueing_lock=once).defer(**arguments)
    except AlreadyEnqueued:
        return
