"""
Reading the signatures of PDF files of strangers, and showing their pages; whom to trust is for the caller to say.
"""

from collections.abc import Callable
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import ServiceError
from tongban.support.documents import ports
from tongban.support.documents.values.pdf import PdfSignatures, PdfView

Answer = TypeVar("Answer", PdfSignatures, PdfView)


class PdfUnreadable(ServiceError):
    """
    The bytes are no PDF whose signatures can be read; `reason` is a code of `values.ofd.Unreadable`.
    """

    code = "pdf_unreadable"
    status = 422
    message = _("PDF 文件已损坏，或者结构不受支持")


class PdfReaderBusy(PdfUnreadable):
    """
    Other files are being read, and it would take too long to wait for them.
    """

    code = "pdf_reader_busy"
    status = 503
    message = _("正在核验的文件较多，请稍后再试")


def read_pdf_signatures(content: bytes) -> PdfSignatures:
    """
    Return the signatures of a PDF file, computed in a process that can reach nothing and may die of it.

    :raises PdfUnreadable: it is no PDF, broken, or takes too much
    :raises PdfReaderBusy: too many others are being read
    """
    return _asked(lambda: ports.pdf_reader()(content))


def view_pdf(content: bytes, *, count: int) -> PdfView:
    """
    Return the sizes of all pages and pictures of the first ones, drawn in a process that can reach nothing.

    :param count: how many are drawn; 0: none
    :raises PdfUnreadable: it is no PDF, broken, encrypted, or takes too much
    :raises PdfReaderBusy: too many others are being read
    """
    return _asked(lambda: ports.pdf_viewer()(content, count))


def _asked(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except ports.ViewerBusy as error:
        raise PdfReaderBusy from error
    except ports.NotViewable as error:
        raise PdfUnreadable(reason=error.reason) from error
