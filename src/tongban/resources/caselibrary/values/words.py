"""
Code lists of the case library.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseState(models.TextChoices):
    """
    办件状态, code list T26 of the provincial exchange.
    """

    RECEIVED = "02", _("收件")
    ACCEPTED = "05", _("受理")
    CORRECTING = "06", _("补齐补正")
    NOT_ACCEPTED = "07", _("不予受理")
    ENDED = "10", _("办结")
    SUSPENDED = "11", _("挂起")
    UNDER_WAY = "12", _("在办")
    RETURNED = "13", _("退件")


class Fault(models.TextChoices):
    """
    差错类型 (err_type of dn_audit_abnormal): why a row was not taken. Stable; the sender's system reads it.

    C 0110 names the table and not its codes; these are ours (standards.md 3.1, 13).
    """

    CASE_MISSING = "case_missing", _("没有对应的办件基本信息")
    RESULT_MISSING = "result_missing", _("办件已办结，没有办结结果")
    TIME_IN_FUTURE = "time_in_future", _("时间晚于当前时间")
    TIMES_OUT_OF_ORDER = "times_out_of_order", _("时间先后不符合办理顺序")
    NOT_ACCEPTED = "not_accepted", _("办件尚未受理，不应有此结果")
    STATE_UNKNOWN = "state_unknown", _("办件状态代码不存在")
    CODE_UNKNOWN = "code_unknown", _("代码不在代码表中")
    NODE_OUTSIDE_AREA = "node_outside_area", _("来源节点不在上报节点的辖区内")
    DIVISION_INVALID = "division_invalid", _("行政区划代码不正确")
    AGENCY_CODE_INVALID = "agency_code_invalid", _("办理机构代码不正确")
    ITEM_CODE_INVALID = "item_code_invalid", _("事项编码不正确")
    ITEM_CODE_MISSING = "item_code_missing", _("没有事项编码")
    ID_NUMBER_INVALID = "id_number_invalid", _("证件号码不正确")
    STATE_CONTRADICTS_TIMES = "state_contradicts_times", _("办件状态与受理、办结时间不一致")


class ExportStandard(models.TextChoices):
    """
    导出标准.
    """

    C0110 = "C0110", _("C 0110 国家交换库表（up_pro_*）")
    GBT39046 = "GBT39046", _("GB/T 39046 办件数据集")


class ExportForm(models.TextChoices):
    """
    导出格式.
    """

    CSV = "csv", _("CSV 表格")
    SQL = "sql", _("SQL 语句")
    XML = "xml", _("XML 文档")


class ExportState(models.TextChoices):
    """
    导出任务状态.
    """

    WAITING = "WAITING", _("排队中")
    RUNNING = "RUNNING", _("正在导出")
    READY = "READY", _("可以下载")
    STOPPED = "STOPPED", _("已停止")
    FAILED = "FAILED", _("导出失败")
    GONE = "GONE", _("文件已删除")

    @property
    def is_under_way(self) -> bool:
        """
        Return whether it will change by itself.
        """
        return self in (ExportState.WAITING, ExportState.RUNNING)
