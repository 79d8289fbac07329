"""
Conformance of files: the folder is there, and what came had its manifest.
"""

from django.utils.translation import gettext as _

from tongban.resources.docking import ports
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.ports import FolderAway
from tongban.resources.docking.values import Finding


def file_findings(system: DockedSystem) -> list[Finding]:
    """
    Look at a system's folder.
    """
    try:
        counts = ports.folder(system.code).counts()
    except FolderAway as error:
        counts = {str(error): -1}
    closed = [place for place, count in counts.items() if count < 0]
    read = counts.get("accepted", 0) + counts.get("rejected", 0)
    return [
        Finding(
            id="files.folder",
            title=_("交换文件夹"),
            asked=_("in、accepted、rejected、quarantine、out 五个文件夹可读写"),
            is_met=not closed,
            found="、".join(closed) if closed else _("符合"),
            mend=_("请把文件夹授予运行平台的账号读写权限") if closed else "",
        ),
        Finding(
            id="files.manifest",
            title=_("清单和摘要"),
            asked=_("每个文件附清单（文件名、行数、SM3 摘要），清单最后写入"),
            is_met=read > 0,
            found=_("已读取 %(count)s 个文件") % {"count": read},
            mend=_("请先写数据文件，再写“文件名.manifest.json”") if not read else "",
        ),
        Finding(
            id="files.quarantine",
            title=_("没有隔离的文件"),
            asked=_("清单、摘要、行数与文件相符，文件可以读取"),
            is_met=counts.get("quarantine", 0) == 0,
            found=_("隔离 %(count)s 个文件") % {"count": counts.get("quarantine", 0)},
            mend=_("请按 quarantine 中的报告更正，更正后移走隔离的文件"),
        ),
    ]
