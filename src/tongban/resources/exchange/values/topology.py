"""
Build modes: which component runs where, and what flows between nodes.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Text


class Mode(TextChoices):
    """
    建设模式. Source: 国办函〔2016〕108号, 分建、统分、统建. The same words as in the file that federation reads.
    """

    SEPARATE = "SEPARATE", _("分建")
    MIXED = "MIXED", _("统分")
    UNIFIED = "UNIFIED", _("统建")


class Component(TextChoices):
    """
    平台组件: what a node can run itself, or leave to the node above.
    """

    PORTAL = "portal", _("政务服务门户")
    ACCOUNTS = "accounts", _("统一身份认证")
    ITEMS = "items", _("政务服务事项库")
    CASES = "cases", _("受理与审批")
    LICENCES = "licences", _("电子证照")
    DATA = "data", _("数据共享")


class FlowKind(StrEnum):
    """
    How something gets from one node to another.
    """

    EXCHANGE = "EXCHANGE"
    """A stream of entries."""
    QUESTION = "QUESTION"
    """A question that is answered at once, or a person's browser that is led there."""


LOGIN: Final = _("登录、注册")
NEW_PEOPLE: Final = _("新用户登记")
EVERYTHING: Final = _("办事全程")
"""What flows beside the apps' contracts."""
NO_CODE: Final = _("%(file)s：没有写明节点代码（node，12 位）")
STRANGE_COMPONENT: Final = _("%(file)s：components 只能写这些组件：%(known)s")
"""Why a file is no topology."""
SENTENCES: Final = {
    "node_twice": _("节点 %(node)s 有两份拓扑文件"),
    "parent_not_above": _("节点 %(node)s 不在上级 %(other)s 的辖区内"),
    "separate_but_away": _("节点 %(node)s 为分建，“%(what)s”却不在本节点"),
    "home_missing": _("节点 %(node)s 为%(mode)s，却没有写明账号在哪个节点（accounts_at）"),
    "unified_but_apart": _("节点 %(node)s 为统建，“%(what)s”却与账号不在同一节点"),
    "place_not_above": _("节点 %(node)s 的“%(what)s”不能放在不是其上级的 %(other)s"),
    "place_unknown": _("节点 %(node)s 的“%(what)s”在 %(other)s，但没有该节点的拓扑文件"),
    "placed_twice": _("节点 %(node)s 的“%(what)s”在 %(other)s，而 %(other)s 自己的却在 %(further)s"),
    "home_is_separate": _("节点 %(node)s 的账号在 %(other)s，而 %(other)s 的模式是分建，不会告知新用户"),
}
"""What contradicts itself, by its code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeTopology:
    """
    One node's topology file.
    """

    file: str
    code: str
    name: str
    mode: Mode
    parent: str
    """Empty: there is none."""
    places: dict[Component, str] = field(default_factory=dict)
    """Component -> code of the node that runs it for this one."""
    named: frozenset[Component] = frozenset()
    """Those whose place the file names itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """
    One thing that goes from one node to another.
    """

    dataset: str
    title: Text
    source: str
    target: str
    """Empty: any other node, by the route that the trust list permits."""
    kind: FlowKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """
    What cannot be so.
    """

    code: str
    """Stable, e.g. "placed_twice"."""
    node: str
    facts: dict[str, str]
    """What its sentence is about; whatever is for people is in the language of the terminal."""

    @property
    def text(self) -> str:
        """
        Return the sentence in the language of the terminal.
        """
        return str(SENTENCES[self.code]) % {"node": self.node, **self.facts}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """
    What a set of topology files means.
    """

    nodes: tuple[NodeTopology, ...]
    flows: tuple[Flow, ...]
    contradictions: tuple[Contradiction, ...]
