"""
Wiring of the app.
"""

from django.apps import AppConfig
from django.conf import settings


class DocumentsConfig(AppConfig):
    """
    文书与文件.
    """

    name = "tongban.support.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Connect the cleaner and, where an address is set, the virus scanner.
        """
        from tongban.support.documents import ports  # noqa: PLC0415 - after Django has loaded the models
        from tongban.support.documents.adapters import clamd, cleaner  # noqa: PLC0415 - as above

        address = settings.TONGBAN_DOCUMENTS.clamd_address
        scanner = clamd.Clamd(address) if address else ports.NoScanner()
        ports.install(ports.Engines(cleaner=cleaner.clean, scanner=scanner))
