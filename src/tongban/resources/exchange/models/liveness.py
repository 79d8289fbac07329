"""
How nodes stand, as they told last; this node's own row is what it told itself.
"""

from django.db import models


class NodeLiveness(models.Model):
    """
    节点运行状态.
    """

    node = models.CharField("节点", max_length=12, unique=True)
    content = models.JSONField("内容")
    told_at = models.DateTimeField("告知时间")
    taken_from = models.CharField("转报节点", max_length=12)
    taken_number = models.BigIntegerField("报送序号", default=0)

    def __str__(self) -> str:
        return f"{self.node} {self.told_at:%Y-%m-%d %H:%M}"
