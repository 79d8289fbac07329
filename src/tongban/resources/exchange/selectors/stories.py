"""
The story of one entry: made, numbered, sent, taken or not, sent again, passed on.

At the sender it is told from the entry, the batches that held it and the answers; at the receiver from receipt and
error.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA, civil_date
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import (
    Batch,
    Entry,
    Inbound,
    Position,
    Receipt,
    ReceivedError,
    SentError,
    Stream,
)
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.selectors.lines import StreamNotFound, title_of
from tongban.resources.exchange.values import CHILDREN, PARENT, BatchOutcome
from tongban.resources.exchange.values.watching import Step, StepKind, Story

MOST_STORIES: Final = 20
LOOKED_BACK: Final = timedelta(days=400)
FIRST: Final = datetime.min.replace(tzinfo=CHINA)

OUTCOMES: Final = {
    BatchOutcome.TAKEN: StepKind.TAKEN,
    BatchOutcome.PARTLY: StepKind.TAKEN,
    BatchOutcome.SILENT: StepKind.SILENT,
    BatchOutcome.REFUSED: StepKind.TURNED_AWAY,
}


def sent_story(*, feed: int, entry_number: int, actor: Actor) -> Story:
    """
    Return the story of an entry of this node's own stream, with each node that receives it. Six queries.

    :param feed: number of a position of the stream
    :param entry_number: of the entry in the stream
    :raises StreamNotFound: there is no such entry, or it is no longer kept
    """
    permissions.watch.require(actor)
    position = Position.objects.filter(pk=feed).select_related("stream").first()
    if position is None:
        raise StreamNotFound
    entry = Entry.objects.filter(stream_id=position.stream_id, number=entry_number).defer("content").first()
    if entry is None:
        raise StreamNotFound
    return _sent(position.stream, entry, ports.neighbours())


def received_story(*, inbound: int, entry_number: int, actor: Actor) -> Story:
    """
    Return the story of an entry that came from another node, as far as this one knows it. Four queries.

    :param inbound: number of the stream
    :raises StreamNotFound: no such entry came
    """
    permissions.watch.require(actor)
    stream = Inbound.objects.filter(pk=inbound).first()
    if stream is None:
        raise StreamNotFound
    return _received(stream, entry_number, own=ports.neighbours().own_code)


def stories_of_key(*, dataset: str, key: str, actor: Actor, at: datetime) -> list[Story]:
    """
    Return the stories of a record's entries, newest first, twenty at most; of those received, only what was not taken.

    A receipt does not say which record it is for. Five queries for each entry at most.

    :param dataset: code of a contract
    :param key: the record's identification in it
    """
    permissions.watch.require(actor)
    streams = {stream.pk: stream for stream in Stream.objects.filter(dataset=dataset)}
    entries = (
        Entry.objects.filter(stream_id__in=list(streams), key=key, at__gte=at - LOOKED_BACK)
        .defer("content")
        .order_by("-at", "-number")[:MOST_STORIES]
    )
    errors = (
        ReceivedError.objects.filter(inbound__dataset=dataset, key=key)
        .select_related("inbound")
        .order_by("-at", "-id")[:MOST_STORIES]
    )
    neighbours = ports.neighbours()
    stories = [_sent(streams[entry.stream_id], entry, neighbours) for entry in entries]
    stories += [_received(error.inbound, error.number, own=neighbours.own_code) for error in errors]
    return stories[:MOST_STORIES]


def _sent(stream: Stream, entry: Entry, neighbours: ports.Neighbours) -> Story:
    own = neighbours.own_code
    steps = [
        Step(kind=StepKind.MADE, at=entry.made_at, node=entry.origin, facts={}),
        Step(kind=StepKind.NUMBERED, at=entry.at, node=own, facts={"number": entry.number}),
    ]
    positions = list(Position.objects.filter(stream=stream).order_by("receiver"))
    sent = list(
        Batch.objects.filter(
            stream=stream,
            first__lte=entry.number,
            last__gte=entry.number,
            last__lt=entry.number + batches.MOST_LINES,
        ).order_by("sent_at", "id")
    )
    errors = {error.receiver: error for error in SentError.objects.filter(stream=stream, number=entry.number)}
    mended = dict(
        Entry.objects.filter(
            stream_id=stream.pk, number__in=[error.mended_by for error in errors.values() if error.mended_by]
        ).values_list("number", "at")
    )
    after: list[Step] = []
    for position in positions:
        theirs = [batch for batch in sent if batch.receiver == position.receiver]
        after += _way_to(position, theirs, errors.get(position.receiver), mended, entry.number, own=own)
    if not positions:
        after.append(Step(kind=StepKind.WAITING, at=None, node=_receiver_of(stream, neighbours), facts={}))
    return Story(
        dataset=stream.dataset,
        title=title_of(stream.dataset),
        audience=stream.audience,
        number=entry.number,
        key=entry.key,
        operation=entry.operation,
        origin=entry.origin,
        digest=bytes(entry.digest).hex(),
        source=own,
        # What waits has no moment: it stands last.
        steps=(*steps, *sorted(after, key=_order)),
    )


def _order(step: Step) -> tuple[bool, datetime]:
    return step.at is None, step.at if isinstance(step.at, datetime) else FIRST


def _way_to(
    position: Position,
    sent: list[Batch],
    error: SentError | None,
    mended: dict[int, datetime],
    number: int,
    *,
    own: str,
) -> Iterator[Step]:
    """
    Yield what happened to an entry on its way to one receiver.
    """
    for index, batch in enumerate(sent):
        facts: dict[str, str | int] = {
            "receiver": position.receiver,
            "attempts": batch.attempts,
            "first": batch.first,
            "last": batch.last,
        }
        kind = StepKind.REPLAYED if index else StepKind.SENT
        yield Step(kind=kind, at=batch.sent_at, node=own, facts=facts)
        outcome = OUTCOMES.get(BatchOutcome(batch.outcome))
        is_rejected = error is not None and batch.outcome == BatchOutcome.PARTLY
        if outcome is not None and not is_rejected:
            yield Step(
                kind=outcome,
                at=batch.answered_at or batch.last_sent_at,
                node=position.receiver,
                facts={"attempts": batch.attempts},
            )
    if error is not None:
        yield Step(
            kind=StepKind.REJECTED,
            at=error.at,
            node=position.receiver,
            facts={"code": error.code, "text": error.text},
        )
        if error.mended_by is not None:
            yield Step(
                kind=StepKind.MENDED,
                at=mended.get(error.mended_by),
                node=own,
                facts={"number": error.mended_by},
            )
    elif position.number >= number and not sent:
        yield Step(kind=StepKind.SNAPSHOT, at=position.confirmed_at, node=position.receiver, facts={})
    if position.number < number:
        yield Step(
            kind=StepKind.WAITING,
            at=None,
            node=position.receiver,
            facts={"trouble": position.trouble, "position": position.number},
        )


def _receiver_of(stream: Stream, neighbours: ports.Neighbours) -> str:
    if stream.audience == PARENT:
        return neighbours.parent.code if neighbours.parent else ""
    return "" if stream.audience == CHILDREN else stream.audience


def _received(stream: Inbound, number: int, *, own: str) -> Story:
    receipt = Receipt.objects.filter(inbound_id=stream.pk, number=number).first()
    error = ReceivedError.objects.filter(inbound=stream, number=number).defer("content").first()
    if receipt is None and error is None and not 0 < number <= stream.after:
        raise StreamNotFound
    steps = []
    if receipt is not None:
        steps.append(
            Step(
                kind=StepKind.NUMBERED,
                at=civil_date(receipt.at),
                node=stream.source,
                facts={"number": number},
            )
        )
    if number <= stream.after and receipt is None and error is None:
        steps.append(Step(kind=StepKind.SNAPSHOT, at=None, node=own, facts={"number": stream.after}))
    if error is not None:
        steps.append(
            Step(
                kind=StepKind.REJECTED, at=error.at, node=own, facts={"code": error.code, "text": error.text}
            )
        )
        if error.mended_by is not None:
            steps.append(
                Step(kind=StepKind.MENDED, at=None, node=stream.source, facts={"number": error.mended_by})
            )
    elif receipt is not None:
        steps.append(Step(kind=StepKind.APPLIED, at=None, node=own, facts={}))
    if stream.rewind_to is not None and number > stream.rewind_to:
        steps.append(Step(kind=StepKind.WAITING, at=None, node=own, facts={"rewind_to": stream.rewind_to}))
    return Story(
        dataset=stream.dataset,
        title=title_of(stream.dataset),
        audience=stream.audience,
        number=number,
        key=error.key if error else "",
        operation="",
        origin=stream.source,
        digest=bytes(receipt.digest).hex() if receipt else "",
        source=stream.source,
        steps=tuple(steps),
    )
