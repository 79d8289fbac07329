"""
二次认证: an act of high risk asks whoever does it to prove who he is anew, though his level is enough.

Whoever writes such an act calls `require_fresh_check` first thing in its service, and names the act. The answer is
kept with the session (`SignIn.checked_at`), so one check serves everything done in the window after it.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted
from tongban.support.identity import permissions
from tongban.support.identity.values import HighRiskAct, fresh_levels


class FreshCheckNeeded(NotPermitted):
    """
    二次认证: the act asks for a fresh check of the person, made a moment ago, of at least this level.

    A page leads to where the check is made and back; a client repeats the request after
    `POST /api/v1/me/checks`. `facts`: act, needed (level of the check), window_seconds.
    """

    code = "fresh_check_needed"
    message = _("为了您的安全，请先核验是您本人，再继续操作")

    def __init__(self, **facts: Any) -> None:
        """
        Keep which act it was and what it asks for.
        """
        super().__init__(**facts)
        self.act = HighRiskAct(facts["act"])
        self.needed = int(facts["needed"])


def require_fresh_check(
    actor: Actor, *, at: datetime, act: HighRiskAct = HighRiskAct.OTHER, level: int | None = None
) -> None:
    """
    Refuse a person who has not been checked anew within `TONGBAN_IDENTITY_FRESH_CHECK_LASTS` of `at`.

    Members of staff, systems and the node itself pass: staff have a second factor, and what systems may do is theirs
    to answer for. Whoever acts for somebody else is checked himself. No query.

    On a page call it before anything is asked, so that nothing typed is lost, and once more in the service. Let the
    error through: the middleware leads a GET to the check and back (`?next=`).

        services.require_fresh_check(actor, act=HighRiskAct.EXPORT_DATA, at=at)

    :param act: what is going to be done; it says how strong the check must be (`identity/data/assurance.toml`)
    :param level: of the check, where the object itself asks for more than the act does
    :raises NotAuthenticated: nobody is logged in
    :raises FreshCheckNeeded: there was no check, or it was weaker or too long ago
    """
    needed = max(fresh_levels()[act], level or 0)
    lasts = settings.TONGBAN_IDENTITY.fresh_check_lasts
    decision = permissions.act_at_high_risk.decide(actor, level=needed, since=at - lasts)
    if decision:
        return
    if not actor.is_person:
        raise permissions.act_at_high_risk.refusal(decision)
    raise FreshCheckNeeded(
        reason=decision.reason.value,
        act=act.value,
        needed=needed,
        window_seconds=int(lasts.total_seconds()),
    )
