"""
Wiring of the app.
"""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    """
    文书与文件.
    """

    name = "tongban.support.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Connect the cleaner, the viewer and, where an address is set, the virus scanner.
        """
        from tongban.foundation import holdings  # noqa: PLC0415 - as below
        from tongban.foundation.holdings import Holding  # noqa: PLC0415 - as below
        from tongban.support.documents import ports, selectors  # noqa: PLC0415 - after Django has loaded the models
        from tongban.support.documents.adapters import (  # noqa: PLC0415 - as above
            clamd,
            cleaner,
            ofd_viewer,
            pdf_reader,
        )

        address = settings.TONGBAN_DOCUMENTS.clamd_address
        scanner = clamd.Clamd(address) if address else ports.NoScanner()
        ports.install(ports.Engines(cleaner=cleaner.clean, scanner=scanner))
        ports.install_viewer(ofd_viewer.view)
        ports.install_pdf_reader(pdf_reader.read)
        ports.install_pdf_viewer(pdf_reader.view)
        holdings.hold(
            Holding(
                code="documents.files",
                title=_("您上传的文件"),
                purpose=_("作为申请材料随草稿或办件保存；草稿的文件随草稿删除，办件的文件随办件归档。"),
                ground="个人信息保护法-13",
                models=("documents.StoredFile",),
                term=_("与所属草稿、办件相同"),
                keeps_why=_("办件的材料是案卷的一部分"),
                keeps_clause="716号令-12",
                exporter=selectors.uploaded_by,
                counter=selectors.count_uploaded_by,
                order=210,
            )
        )
