"""
Errors a caller can expect, and how each one leaves the process.

* ServiceError               400   something the caller asked for cannot be done
  * InvalidInput             422   the payload is malformed; says which field and why
  * NotAuthenticated         401   nobody is logged in, or the token is not valid
  * NotPermitted             403   the actor may not do this
  * NotFound                 404   no such object, or the actor may not know of it
  * Conflict                 409   the object is in a state that forbids this
    * RuleViolation          409   a rule of law forbids this; names its clause
    * StaleVersion           409   somebody else changed the object meanwhile
    * IdempotencyKeyReused   409   the key was used for another request
  * TooManyRequests          429   wait, then try again
  * UpstreamError            502   a node, bank, carrier or register did not answer

422 is left to malformed payloads. Anything else is a defect: logged with a traceback, shown as 500.
"""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class ServiceError(Exception):
    """
    The request cannot be carried out.
    """

    code: ClassVar[str] = "service_error"
    """For machines; never changes once released."""
    status: ClassVar[int] = 400
    """HTTP status when this leaves through an interface."""
    message: ClassVar[Text] = _("请求无法办理")
    """For the person who asked, in the language of the request."""
    clause: ClassVar[str] = ""
    """Clause of law that refuses, an id of docs/sources/clauses.toml; empty where no law is concerned."""

    def __init__(self, **facts: object) -> None:
        """
        Keep what the sentence is about.

        :param facts: values a client may branch on; their names are part of the public API
        """
        super().__init__(facts)
        self.facts = facts

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.facts if "%(" in text else text


class InvalidInput(ServiceError):
    """
    What was sent is not of the form asked for. `fields` maps the name of a field to what is wrong with it.
    """

    code = "invalid_input"
    status = 422
    message = _("填写的内容有误，请按提示修改")

    def __init__(self, *, fields: Mapping[str, Text] | None = None, **facts: object) -> None:
        """
        Keep the complaint of each field.

        :param fields: name of the field -> sentence for the person
        """
        super().__init__(**facts)
        self.fields: dict[str, str] = {name: str(text) for name, text in (fields or {}).items()}


class NotAuthenticated(ServiceError):
    """
    Nobody is logged in, or the token is unknown, expired or revoked.
    """

    code = "not_authenticated"
    status = 401
    message = _("请先登录")


class NotPermitted(ServiceError):
    """
    The actor may not do this.
    """

    code = "not_permitted"
    status = 403
    message = _("您没有权限进行此操作")


class NotFound(ServiceError):
    """
    There is no such object, or the actor may not know that there is.
    """

    code = "not_found"
    status = 404
    message = _("没有找到您要的内容")


class Conflict(ServiceError):
    """
    The object is in a state that forbids this.
    """

    code = "conflict"
    status = 409
    message = _("当前状态不允许此操作")


class RuleViolation(Conflict):
    """
    A rule of law forbids this; `clause` names it.
    """

    code = "rule_violation"
    message = _("法律规定不允许此操作")


class StaleVersion(Conflict):
    """
    Somebody else changed the object since the caller read it.
    """

    code = "stale_version"
    message = _("内容已被他人更新，请刷新后重试；您填写的内容已保留")


class IdempotencyKeyReused(Conflict):
    """
    The Idempotency-Key was used before for a different request.
    """

    code = "idempotency_key_reused"
    message = _("该幂等键已用于另一请求")


class TooManyRequests(ServiceError):
    """
    The limit for this person, address or number is used up. `retry_after_seconds` says how long to wait.
    """

    code = "too_many_requests"
    status = 429
    message = _("操作过于频繁，请稍后再试")

    def __init__(self, *, retry_after_seconds: int = 60, **facts: object) -> None:
        """
        Keep how long to wait.

        :param retry_after_seconds: seconds until the next try can succeed
        """
        super().__init__(retry_after_seconds=retry_after_seconds, **facts)
        self.retry_after_seconds = retry_after_seconds


class UpstreamError(ServiceError):
    """
    A system outside this node did not answer, or answered with nonsense.
    """

    code = "upstream_error"
    status = 502
    message = _("对方系统暂时无法响应，请稍后再试")
