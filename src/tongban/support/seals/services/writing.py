"""
文书: the documents of the life of a seal, set from what its log says.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from tongban.foundation.actors import system_actor
from tongban.foundation.clock import CHINA
from tongban.foundation.db import business_transaction
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose
from tongban.support.seals.models import Seal, SealAuthorisation, SealDocument, SealEvent
from tongban.support.seals.selectors.looking import limits_of
from tongban.support.seals.values import ApplicationKind, AuthorisationKind, Limits, SealAction, SealKind

WRITER: Final = system_actor("seals.write_step")
TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "seals"
OWNER_KIND: Final = "seals.seal"
TITLES: Final = {
    SealAction.APPLY: "电子印章申请表",
    SealAction.WITHDRAW: "电子印章撤回申请书",
    SealAction.REVIEW: "电子印章审核意见",
    SealAction.REJECT: "电子印章审核意见",
    SealAction.MAKE: "电子印章制作记录",
    SealAction.FILE: "电子印章备案登记表",
    SealAction.ISSUE: "电子印章发放单",
    SealAction.RECEIVE: "电子印章领取确认单",
    SealAction.AUTHORISE: "电子印章用印授权书",
    SealAction.END_AUTHORISATION: "电子印章收回授权通知",
    SealAction.FREEZE: "电子印章冻结通知",
    SealAction.REPORT_LOSS: "电子印章挂失公告",
    SealAction.RESUME: "电子印章恢复使用通知",
    SealAction.DESTROY: "电子印章销毁证明",
}
SENTENCES: Final = {
    SealAction.APPLY: "现申请制作上述电子印章。",
    SealAction.WITHDRAW: "现撤回上述电子印章的申请。",
    SealAction.REVIEW: "经审核，申请事项属实，同意制作。",
    SealAction.REJECT: "经审核，不同意制作，理由见上。",
    SealAction.MAKE: "上述电子印章已经制作，签章密钥和证书已经生成。",
    SealAction.FILE: "上述电子印章已经备案。",
    SealAction.ISSUE: "上述电子印章已经发放，使用机构领取确认以后启用。",
    SealAction.RECEIVE: "上述电子印章已由使用机构领取，经核对名称、印文、编码和有效期无误，自确认时起启用。",
    SealAction.AUTHORISE: "现按上列范围授权使用上述电子印章。授权可以随时收回，收回后立即失效。",
    SealAction.END_AUTHORISATION: "现收回上列授权，自办理时间起不得再依此使用上述电子印章。",
    SealAction.FREEZE: "上述电子印章自办理时间起停止使用。",
    SealAction.REPORT_LOSS: "上述电子印章现已挂失，自公告时间起停止使用。挂失之后以该印章签章的文件无效。",
    SealAction.RESUME: "上述电子印章自办理时间起恢复使用。",
    SealAction.DESTROY: "上述电子印章已经销毁，签章密钥已经删除，证书已经吊销。销毁之前签章的文件继续有效。",
}


@business_transaction
def write_step(*, event_id: int, at: datetime) -> None:
    """
    Write and keep the document of one step, once, however often this is called.

    :raises FontsMissing: the machine has no Chinese fonts
    """
    # The row of the seal is held so that two jobs do not write two.
    event = SealEvent.objects.select_related("seal").get(id=event_id)
    Seal.objects.locked().get(id=event.seal_id)
    action = SealAction(event.action)
    if action not in TITLES or SealDocument.objects.filter(event=event).exists():
        return
    title = TITLES[action]
    content, _missing = documents.typesetter(TEMPLATES).pdf(
        "step", _data(event, title=title, sentence=SENTENCES[action]), inputs={}, at=event.at
    )
    kept = documents.keep_document(
        content=content,
        name=f"{title}_{event.seal.code}.pdf",
        media_type="application/pdf",
        purpose=Purpose.ATTACHMENT,
        owner=Owner(kind=OWNER_KIND, key=str(event.seal_id)),
        actor=WRITER,
        at=at,
    )
    SealDocument.objects.create(event=event, seal=event.seal, title=title, file_id=kept.id, written_at=at)


def _data(event: SealEvent, *, title: str, sentence: str) -> dict[str, Any]:
    seal = event.seal
    return {
        "title": title,
        "sentence": sentence,
        "rows": [
            ["印章名称", seal.name],
            ["印章编码", f"{seal.code}（第 {seal.version} 版）"],
            ["印章类型", str(SealKind(seal.kind).label)],
            ["所属机构", f"{seal.agency_name}（{seal.agency_code}）"],
            *_of_step(event),
            ["意见或原因", "" if event.action == SealAction.APPLY else event.note],
            ["办理人", event.actor_name],
            ["办理时间", _moment(event.at)],
        ],
        "is_demonstration": settings.TONGBAN_NODE.is_demo,
    }


def _of_step(event: SealEvent) -> list[list[str]]:
    seal = event.seal
    if event.action == SealAction.APPLY:
        return [
            ["申请类别", str(ApplicationKind(seal.application_kind).label)],
            ["附加文字", seal.caption],
            ["申请依据", seal.basis],
            ["申请有效年数", f"{seal.years} 年"],
        ]
    if event.action in (SealAction.AUTHORISE, SealAction.END_AUTHORISATION):
        return _of_authorisation(SealAuthorisation.objects.get(id=event.facts["authorisation_id"]))
    filed = [["备案编号", str(event.facts.get("filing_number", ""))]]
    if seal.valid_from and seal.valid_until:
        return [*filed, ["印章有效期", f"{_moment(seal.valid_from)}至{_moment(seal.valid_until)}"]]
    return filed


def _of_authorisation(given: SealAuthorisation) -> list[list[str]]:
    return [
        ["授权类别", str(AuthorisationKind(given.kind).label)],
        ["被授权人", given.account_name or given.node_code],
        ["授权范围", "；".join(_scope(limits_of(given)))],
        ["授权期限", f"{_moment(given.valid_from)}至{_moment(given.valid_until)}（不含）"],
    ]


def _scope(limits: Limits) -> list[str]:
    words = ["、".join(sorted(str(purpose.label) for purpose in limits.purposes))]
    if limits.offerings is not None:
        words.append("事项：" + "、".join(limits.offerings))
    if limits.licence_types is not None:
        words.append("证照类型：" + "、".join(limits.licence_types))
    if limits.most_fen is not None:
        words.append(f"金额不超过 {limits.most_fen / 100:.2f} 元")
    if limits.from_hour is not None or limits.until_hour is not None:
        words.append(f"每日 {limits.from_hour or 0} 点至 {limits.until_hour or 24} 点")
    if limits.uses_a_day is not None:
        words.append(f"每日不超过 {limits.uses_a_day} 次")
    if limits.uses_in_all is not None:
        words.append(f"共不超过 {limits.uses_in_all} 次")
    return words


def _moment(at: datetime) -> str:
    local = at.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
