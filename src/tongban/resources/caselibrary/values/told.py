"""
What a node tells another of that one's rows.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class ToldFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    质量反馈 (dn_audit_abnormal): what is wrong with a row of the receiver's, or that it is mended. Nothing personal.
    """

    system: Annotated[str, Meta(max_length=16)]
    """来源系统 of the case."""
    number: Annotated[str, Meta(min_length=1, max_length=50)]
    """办件编号."""
    kind: Annotated[str, Meta(max_length=8)]
    """类别: a `Kind`."""
    part: Annotated[str, Meta(max_length=18)] = ""
    """分项 of the case; empty: the case itself."""
    code: Annotated[str, Meta(max_length=32)]
    """差错类型: a `Fault`."""
    found_at: Annotated[datetime, Meta(tz=True)]
    """发现时间."""
    is_mended: bool = False
    """已更正: the row has come as it should be."""

    @property
    def key(self) -> str:
        """
        Return what identifies the row among the receiver's.
        """
        return f"{self.system}/{self.number}/{self.kind}/{self.part}"
