"""
查阅复制: a copy of everything the node keeps about a person, for him to read and to take along.

Source: 个人信息保护法 art. 45.
"""

import io
import json
import zipfile
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, holdings, jobs, looks
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import CHINA
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.foundation.rules import implements
from tongban.support.documents import services as documents
from tongban.support.documents.values import OpenedFile, Owner, Purpose
from tongban.support.identity import services as identity
from tongban.support.identity.values import HighRiskAct
from tongban.support.messaging import services as messaging
from tongban.support.privacy import permissions
from tongban.support.privacy.models import DataRequest
from tongban.support.privacy.services.telling import COPY_READY
from tongban.support.privacy.values import RequestKind, RequestState

logger = structlog.get_logger(__name__)

MAKER: Final = system_actor("privacy.make_copy")
COPY_FILES: Final = "privacy.copy"
ZIP: Final = "application/zip"
MOST_FILE_BYTES: Final = 100 * 1024 * 1024
"""Files beyond this are named in the copy, not put into it."""
LAPSED_AT_ONCE: Final = 500
CHINESE: Final = "zh-hans"


class CopyLapsed(NotFound):
    """
    The copy is not there any more, or not yet.
    """

    code = "copy_lapsed"
    message = _("下载已过期或尚未准备好，请重新申请")


def is_shown_as_a_file(actor: Actor, key: str) -> bool:
    """
    Return False: a copy is opened by its own door, which asks for a fresh check; never as a file among others.

    One query: the refusal must cost what that of a file of any other kind costs.
    """
    del actor
    DataRequest.objects.filter(pk=UUID(key)).exists()
    return False


@implements("个人信息保护法-45")
@business_transaction
def ask_for_copy(*, actor: Actor, at: datetime) -> UUID:
    """
    Ask for a copy of everything; a job makes it and the person is told. Asking while one is made changes nothing.

    :raises NotPermitted: the actor is no person, or acts for another
    :raises FreshCheckNeeded: the person was not checked anew a moment ago
    """
    permissions.ask_for_copy.require(actor)
    identity.require_fresh_check(actor, at=at, act=HighRiskAct.EXPORT_DATA)
    try:
        with transaction.atomic():
            request = DataRequest.objects.create(
                person_id=str(actor.person_id),
                account_id=actor.id,
                kind=RequestKind.EXPORT,
                state=RequestState.PREPARING,
                asked_at=at,
            )
    except IntegrityError:
        waiting = DataRequest.objects.get(
            person_id=str(actor.person_id), kind=RequestKind.EXPORT, state=RequestState.PREPARING
        )
        return waiting.id
    audit.record(action="privacy.copy.ask", actor=actor, subject=str(request.id), at=at)
    jobs.defer("privacy.make_copy", request_id=str(request.id))
    return request.id


def make_copy(*, request_id: UUID, at: datetime) -> None:
    """
    Make the copy that was asked for, once.
    """
    request = DataRequest.objects.filter(id=request_id, state=RequestState.PREPARING).first()
    if request is None:
        return
    with translation.override(CHINESE):
        content = _zipped(request.person_id, at=at)
    until = at + settings.TONGBAN_PRIVACY.copy_kept_for
    with transaction.atomic():
        held = DataRequest.objects.select_for_update(no_key=True).get(id=request_id)
        if held.state != RequestState.PREPARING:
            return
        receipt = documents.keep_document(
            content=content,
            name=f"我的数据-{at.astimezone(CHINA):%Y%m%d}.zip",
            media_type=ZIP,
            purpose=Purpose.ATTACHMENT,
            owner=Owner(kind=COPY_FILES, key=str(request_id)),
            actor=MAKER,
            at=at,
        )
        held.state, held.file_id, held.until = RequestState.READY, receipt.id, until
        held.save(update_fields=["state", "file_id", "until"])
        looks.record(
            principal_id=held.person_id,
            act=LookAct.EXPORTED,
            thing=Thing(kind=ObjectKind.PERSON, key=""),
            actor=MAKER,
            at=at,
        )
        messaging.send_once(
            key=f"copy-ready:{request_id}",
            template=COPY_READY,
            person_id=held.person_id,
            params={"until": f"{until.astimezone(CHINA):%Y-%m-%d %H:%M}"},
            subject="",
            actor=MAKER,
            at=at,
        )


@business_transaction
def open_copy(*, request_id: UUID, actor: Actor, at: datetime) -> OpenedFile:
    """
    Open one's own copy for download, while it has not lapsed.

    :raises NotPermitted: the actor is no person, or acts for another
    :raises FreshCheckNeeded: the person was not checked anew a moment ago
    :raises CopyLapsed: there is none such of the actor's
    """
    permissions.ask_for_copy.require(actor)
    identity.require_fresh_check(actor, at=at, act=HighRiskAct.EXPORT_DATA)
    request = DataRequest.objects.filter(
        id=request_id, person_id=str(actor.person_id), state=RequestState.READY, until__gt=at
    ).first()
    if request is None or request.file_id is None:
        raise CopyLapsed
    audit.record(action="privacy.copy.download", actor=actor, subject=str(request.id), at=at)
    return documents.open_file(file_id=request.file_id, actor=MAKER, at=at)


@business_transaction
def lapse_copies(*, at: datetime) -> int:
    """
    Delete the copies whose time is over; return how many.
    """
    due = list(
        DataRequest.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(state=RequestState.READY, until__lte=at)
        .order_by("until")[:LAPSED_AT_ONCE]
    )
    for request in due:
        if request.file_id is not None:
            documents.discard_file(file_id=request.file_id, actor=MAKER, at=at)
        request.state, request.file_id, request.settled_at = RequestState.LAPSED, None, at
        request.save(update_fields=["state", "file_id", "settled_at"])
    return len(due)


def _zipped(person_id: UUID, *, at: datetime) -> bytes:
    everything = {holding.code: holding.exporter(person_id) for holding in holdings.holdings()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        left_out = _put_files(archive, person_id, at=at)
        archive.writestr("data.json", json.dumps(everything, ensure_ascii=False, indent=2, default=str))
        archive.writestr("data.html", _page(everything, left_out, at=at))
    return buffer.getvalue()


def _put_files(archive: zipfile.ZipFile, person_id: UUID, *, at: datetime) -> list[str]:
    size, left_out = 0, []
    for holding in holdings.holdings():
        for held in holding.files(person_id) if holding.files else []:
            try:
                file = documents.open_file(file_id=held.id, actor=MAKER, at=at)
            except NotFound:
                continue
            name = f"files/{held.folder}/{str(held.id)[:8]}-{file.name}"
            with file.content as content:
                if size + file.size > MOST_FILE_BYTES:
                    left_out.append(name)
                    continue
                size += file.size
                archive.writestr(name, content.read())
    return left_out


def _page(everything: dict[str, list[dict[str, Any]]], left_out: list[str], *, at: datetime) -> str:
    parts = [
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>我的数据</title>',
        f"<h1>我的数据</h1><p>{at.astimezone(CHINA):%Y-%m-%d %H:%M} 由平台制作，只供本人使用。</p>",
    ]
    for holding in holdings.holdings():
        parts.append(f"<h2>{escape(holding.title)}</h2><p>{escape(holding.purpose)}</p>")
        parts += [_table(row) for row in everything[holding.code]] or ["<p>没有。</p>"]
    if left_out:
        parts.append("<h2>因过大未放入的文件</h2>")
        parts += [f"<p>{escape(name)}</p>" for name in left_out]
    return "".join(parts)


def _table(row: dict[str, Any]) -> str:
    lines = "".join(
        f"<tr><th scope='row' align='left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in row.items()
        if value not in (None, "", [], {})
    )
    return f"<table border='1' cellpadding='4'>{lines}</table><br>"
