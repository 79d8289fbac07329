"""
Who may read the log of searches and change the lexicon.
"""

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted
from tongban.support.identity.values import Role

EDITORS = frozenset({Role.CATALOGUE_EDITOR, Role.OPERATOR})


class SearchStaffOnly(NotPermitted):
    """
    The log of searches is for the staff of an agency.
    """

    code = "search_staff_only"
    message = _("检索统计仅供工作人员查看")


class LexiconEditorOnly(NotPermitted):
    """
    The lexicon is changed by staff who keep the catalogue, or who run the node.
    """

    code = "lexicon_editor_only"
    message = _("只有事项管理员或运维人员可以修改词条")


def require_staff(actor: Actor) -> None:
    """
    Let through staff and the node itself.

    :raises SearchStaffOnly: anybody else
    """
    if not (actor.is_staff or actor.is_system):
        raise SearchStaffOnly


def require_lexicon_editor(actor: Actor) -> None:
    """
    Let through the node itself and staff with one of the roles of `EDITORS`.

    :raises LexiconEditorOnly: anybody else
    """
    if not (actor.is_system or (actor.is_staff and actor.roles & EDITORS)):
        raise LexiconEditorOnly
