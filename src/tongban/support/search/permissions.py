"""
Who may read the log of searches and change the lexicon.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import Role

EDITORS: Final = frozenset({Role.CATALOGUE_EDITOR, Role.OPERATOR})
REPORT_READERS: Final = frozenset({Role.CATALOGUE_EDITOR, Role.SUPERVISOR})


class SearchStaffOnly(NotPermitted):
    """
    The log of searches is for staff who keep the catalogue or watch over an area.
    """

    code = "search_staff_only"
    message = _("检索统计仅供事项管理员和督办人员查看")


class LexiconEditorOnly(NotPermitted):
    """
    The lexicon is changed by staff who keep the catalogue, or who run the node.
    """

    code = "lexicon_editor_only"
    message = _("只有事项管理员或运维人员可以修改词条")


@policy.action("search.report.read", title=_("查看检索统计"), error=SearchStaffOnly)
def read_report(actor: Actor) -> Decision:
    """
    Let catalogue editors and supervisors read what people of their area looked for and did not find.
    """
    return yes(Reason.ROLE) if actor.is_staff and actor.roles & REPORT_READERS else no(Reason.NO_ROLE)


@policy.action("search.lexicon.change", title=_("维护搜索词条"), error=LexiconEditorOnly)
def change_lexicon(actor: Actor) -> Decision:
    """
    Let catalogue editors and system administrators change the lexicon.
    """
    return yes(Reason.ROLE) if actor.is_staff and actor.roles & EDITORS else no(Reason.NO_ROLE)


audit.entitle(
    {
        "search.lexicon.save": _("保存检索词"),
        "search.lexicon.disable": _("停用检索词"),
        "search.lexicon.seed": _("装入初始检索词"),
    }
)
