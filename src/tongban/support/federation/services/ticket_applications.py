"""
Letting applications of the ticket protocol in and out.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, Text
from tongban.support.federation import permissions
from tongban.support.federation.models import TicketApplication, TicketToken
from tongban.support.federation.selectors import application_facts
from tongban.support.federation.services.parties import (
    CLIENT_ID,
    LONGEST_NAME,
    MOST_ADDRESSES,
    check_overlap,
    wrong_addresses,
)
from tongban.support.federation.values import ApplicationFacts, ApplicationReceipt, UserType
from tongban.support.identity.services import require_second_factor

SECRET_BYTES = 32


class ApplicationIdTaken(Conflict):
    """
    Another application has this mark, or had it.
    """

    code = "ticket_application_taken"
    message = _("应用标识已被使用")


class ApplicationNotFound(NotFound):
    """
    No application has this mark, or it does not take this kind of user, or does not have this address.
    """

    code = "ticket_application_not_found"
    message = _("没有这个应用，或者回跳地址未登记")


@business_transaction
def register_ticket_application(
    *,
    appmark: str,
    name: str,
    goto_urls: Collection[str],
    actor: Actor,
    at: datetime,
    user_types: Collection[str] = (UserType.PERSON.value,),
    logout_url: str = "",
) -> ApplicationReceipt:
    """
    Let an application log people in by ticket.

    :param goto_urls: where a browser may be led back to, compared sign by sign up to a query of the application's own
    :param user_types: of `UserType`
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: names the fields that are not acceptable
    :raises ApplicationIdTaken: there is, or was, such an application
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    _check(appmark=appmark, name=name, goto_urls=goto_urls, logout_url=logout_url, user_types=user_types)
    appword = secrets.token_hex(SECRET_BYTES)
    try:
        with transaction.atomic():
            TicketApplication.objects.create(
                appmark=appmark,
                name=name.strip(),
                appword=appword,
                appword_since=at,
                goto_urls=sorted(goto_urls),
                logout_url=logout_url,
                user_types=sorted(user_types),
                created_at=at,
            )
    except IntegrityError as error:
        raise ApplicationIdTaken(appmark=appmark) from error
    audit.record(
        action="federation.ticket_application.register",
        actor=actor,
        subject=appmark,
        at=at,
        name=name.strip(),
        goto_urls=sorted(goto_urls),
        user_types=sorted(user_types),
    )
    return ApplicationReceipt(appmark=appmark, appword=appword)


@business_transaction
def renew_ticket_key(
    *, appmark: str, actor: Actor, at: datetime, overlap: timedelta = timedelta()
) -> ApplicationReceipt:
    """
    Give an application a new key. What we send is signed by it at once; its own calls may be by the old one meanwhile.

    :param overlap: for how long the old key is believed beside the new one; at most seven days
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises ApplicationNotFound: there is no such application
    :raises InvalidInput: the overlap is too long
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    application = _locked(appmark)
    check_overlap(overlap)
    application.old_appword = application.appword if overlap else None
    application.old_appword_until = at + overlap if overlap else None
    application.appword, application.appword_since = secrets.token_hex(SECRET_BYTES), at
    application.save(update_fields=["appword", "appword_since", "old_appword", "old_appword_until"])
    audit.record(
        action="federation.ticket_application.renew_key",
        actor=actor,
        subject=appmark,
        at=at,
        overlap_hours=int(overlap.total_seconds() // 3600),
    )
    return ApplicationReceipt(appmark=appmark, appword=application.appword)


@business_transaction
def disable_ticket_application(*, appmark: str, actor: Actor, at: datetime) -> ApplicationFacts:
    """
    Let an application in no more; its tokens, and the key it had before, end at once. Repeating it changes nothing.

    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises ApplicationNotFound: there is no such application
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    application = _locked(appmark)
    if application.disabled_at is None:
        application.disabled_at = at
        application.old_appword = application.old_appword_until = None
        application.save(update_fields=["disabled_at", "old_appword", "old_appword_until"])
        TicketToken.objects.filter(application=application, ended_at__isnull=True).update(ended_at=at)
        audit.record(action="federation.ticket_application.disable", actor=actor, subject=appmark, at=at)
    return application_facts(application)


@business_transaction
def enable_ticket_application(*, appmark: str, actor: Actor, at: datetime) -> ApplicationFacts:
    """
    Let an application in again, by the key it had; nothing that ended comes back. Repeating it changes nothing.

    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises ApplicationNotFound: there is no such application
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    application = _locked(appmark)
    if application.disabled_at is not None:
        application.disabled_at = None
        application.save(update_fields=["disabled_at"])
        audit.record(action="federation.ticket_application.enable", actor=actor, subject=appmark, at=at)
    return application_facts(application)


def _locked(appmark: str) -> TicketApplication:
    application = TicketApplication.objects.select_for_update().filter(appmark=appmark).first()
    if application is None:
        raise ApplicationNotFound(appmark=appmark)
    return application


def _check(
    *, appmark: str, name: str, goto_urls: Collection[str], logout_url: str, user_types: Collection[str]
) -> None:
    wrong: dict[str, Text] = {}
    if CLIENT_ID.fullmatch(appmark) is None:
        wrong["appmark"] = _("应用标识应为 1 至 64 个字母、数字、点、下划线或连字符")
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        wrong["name"] = _("请填写名称，不超过 128 个字")
    if not 1 <= len(goto_urls) <= MOST_ADDRESSES:
        wrong["goto_urls"] = _("请填写 1 至 20 个回调地址")
    wrong |= wrong_addresses("goto_urls", goto_urls)
    wrong |= wrong_addresses("logout_url", [logout_url] if logout_url else [])
    if not user_types or not set(user_types) <= set(UserType.values):
        wrong["user_types"] = _("用户类别应为 1（个人）或 2（法人）")
    if wrong:
        raise InvalidInput(fields=wrong)
