"""
What one login holds of a person: accounts elsewhere that are linked with his, and what he lets other systems know.

Source: 个人信息保护法 arts. 15, 23.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings, rotation
from tongban.foundation.holdings import Holding
from tongban.support.federation.models import (
    AuthorizationGrant,
    BearerToken,
    Consent,
    ForeignLogin,
    IdentityToken,
    Link,
    PersonKey,
    RenewalToken,
)
from tongban.support.federation.services.nodes import NODE, index_of_key
from tongban.support.identity.services import certificate_key_of

LINKS_ORDER = 60
CONSENTS_ORDER = 70


def declare() -> None:
    """
    Name what is held, what for and how long, and how the index of people of other nodes is made anew.
    """
    rotation.index_by("federation.PersonKey", "certificate_key_index", _index_of_person)
    holdings.hold(
        Holding(
            code="federation.links",
            title=_("关联的其他账号"),
            purpose=_("让您用其他平台或其他地区的账号登录，在一处看到各地的办件。"),
            ground="个人信息保护法-13",
            models=("federation.Link", "federation.PersonKey", "federation.ForeignLogin"),
            term=_("账号注销前"),
            exporter=_links,
            counter=lambda person_id: (
                _of_account(Link, person_id).count() + PersonKey.objects.filter(person_id=person_id).count()
            ),
            eraser=_erase_links,
            order=LINKS_ORDER,
        )
    )
    holdings.hold(
        Holding(
            code="federation.consents",
            title=_("授权其他系统了解您的信息"),
            purpose=_("您用本平台账号登录其他系统时，按您的同意提供信息。"),
            ground="个人信息保护法-13",
            models=(
                "federation.Consent",
                "federation.Subject",
                "federation.RelyingSession",
                "federation.AuthorizationGrant",
                "federation.IdentityToken",
                "federation.BearerToken",
                "federation.RenewalToken",
                "federation.LoginTicket",
                "federation.TicketToken",
            ),
            term=_("账号注销前；登录凭证失效后 30 天内删除"),
            keeps_why=_("您同意过向谁提供哪些信息的记录依法至少保存三年；令牌当即删除，身份标识是随机数"),
            keeps_clause="个人信息保护法-56",
            exporter=_consents,
            counter=lambda person_id: _of_account(Consent, person_id).count(),
            eraser=_end_consents,
            order=CONSENTS_ORDER,
        )
    )


def _links(person_id: UUID) -> list[dict[str, Any]]:
    linked = [
        {
            "对方": row.provider,
            "对方的身份标识": row.subject,
            "关联时间": row.linked_at,
            "最近使用": row.used_at or "",
            "解除时间": row.unlinked_at or "",
        }
        for row in _of_account(Link, person_id).order_by("linked_at", "id")
    ]
    known = [
        {"账号所在节点": row.home_code or "本节点", "归属地": row.region_code, "建立时间": row.created_at}
        for row in PersonKey.objects.filter(person_id=person_id)
    ]
    return linked + known


def _consents(person_id: UUID) -> list[dict[str, Any]]:
    rows = _of_account(Consent, person_id).select_related("party", "application").order_by("given_at", "id")
    return [
        {
            "系统": (row.party or row.application).name,
            "同意提供": "、".join(row.scopes),
            "同意时间": row.given_at,
            "撤回时间": row.withdrawn_at or "",
        }
        for row in rows
    ]


def _erase_links(person_id: UUID, at: datetime) -> int:
    """
    Forget the accounts elsewhere: their logins open nothing here any more, and no node finds the person.
    """
    del at
    for link in _of_account(Link, person_id):
        ForeignLogin.objects.filter(provider=link.provider, subject=link.subject).delete()
    keys = PersonKey.objects.filter(person_id=person_id).delete()[0]
    return keys + _of_account(Link, person_id).delete()[0]


def _end_consents(person_id: UUID, at: datetime) -> int:
    """
    End what other systems may know and delete their codes and tokens; that they were told is not undone.

    Sessions and tickets stay until each system was told that the login is over, which a job does within a minute.
    """
    _of_account(Consent, person_id).filter(withdrawn_at__isnull=True).update(withdrawn_at=at)
    gone = 0
    for model in (RenewalToken, BearerToken, IdentityToken, AuthorizationGrant):
        gone += model.objects.filter(user__person__id=person_id).delete()[0]
    return gone


def _of_account(model: Any, person_id: UUID) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(account__person__id=person_id)
    return rows


def _index_of_person(row: PersonKey) -> bytes:
    return index_of_key(certificate_key_of(person_id=row.person_id, actor=NODE))
