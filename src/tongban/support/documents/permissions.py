"""
Who may see and add files.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind, MandateFunction
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.documents.models import StoredFile
from tongban.support.documents.ports import ask_in_vain, policy_of
from tongban.support.documents.values import Owner

WRITE_SCOPE: Final = "cases:write"
ADDING_SCOPES: Final = frozenset({WRITE_SCOPE, "seals:use"})


class FileNotFound(NotFound):
    """
    There is no such file, or the actor may not know that there is.
    """

    code = "file_not_found"


@policy.action("documents.file.read", title=_("查看文件"), hides=True, error=FileNotFound)
def read_file(actor: Actor, owner: Owner) -> Decision:
    """
    Let through to whom the app that owns the file shows its owner: a case, a draft, a licence.

    The refusal is the same as for a file that does not exist: ids of files say nothing about others.
    """
    shows = policy_of(owner.kind)
    if shows is None or not shows(actor, owner.key):
        return no(Reason.NOT_OWN)
    return yes(Reason.OWN if actor.is_person else Reason.AGENCY)


@policy.action("documents.file.add", title=_("提交文件"))
def add_file(actor: Actor) -> Decision:
    """
    Refuse systems that have no scope for it, and who acts for another without the function APPLY.

    To what people may add is asked for by `documents.file.read` of its owner.
    """
    if actor.kind is ActorKind.CLIENT:
        return yes(Reason.SCOPE) if actor.scopes & ADDING_SCOPES else no(Reason.NO_SCOPE)
    if actor.acting_for is not None and MandateFunction.APPLY not in actor.acting_for.functions:
        return no(Reason.MANDATE_LACKS_FUNCTION)
    return yes(Reason.OWN)


@policy.action("documents.file.discard_abandoned", title=_("清理过期的待处理文件"))
def discard_abandoned(actor: Actor) -> Decision:
    """
    Let nobody but the node's own jobs take back files of others.
    """
    return no(Reason.NOT_FOR_THIS_KIND)


def seen_file(actor: Actor, file: StoredFile | None) -> StoredFile:
    """
    Return the file to who may know of it; a refusal asks the database as many questions whether it exists or not.

    :param file: None where there is no such file
    :raises FileNotFound: there is none, or its owner is not shown to the actor
    """
    if file is None:
        # A hidden file costs the question to its owner's app; one that never was must not answer more quickly.
        ask_in_vain(actor)
        read_file.refuse(actor, no(Reason.NOT_OWN))
    read_file.require(actor, Owner(kind=file.owner_kind, key=file.owner_key))
    return file


audit.entitle(
    {
        "documents.file.keep": _("保存文件"),
        "documents.file.open": _("打开文件"),
        "documents.file.adopt": _("文件转入办件"),
        "documents.file.discard": _("删除文件"),
    }
)
