"""
PDF files are read in the process of the test: starting another one for each takes longer than most tests.

That the node reads them in a process that can reach nothing is proved in `support/documents/test_pdf_reading.py`.
"""

import asyncio
from collections.abc import Iterator

import pytest

from tongban.support.documents import ports
from tongban.support.documents.adapters.read_pdf import signatures_of
from tongban.support.documents.adapters.sandbox import CannotCleanError
from tongban.support.documents.values.pdf import PdfSignatures


@pytest.fixture(autouse=True, scope="session")
def pdf_read_here() -> Iterator[None]:
    """
    Read the signatures of PDF files without a process of their own.
    """
    loop = asyncio.new_event_loop()

    def read(content: bytes) -> PdfSignatures:
        try:
            return signatures_of(content, loop)
        except CannotCleanError as error:
            raise ports.NotViewable(error.problem) from error

    node_reader = ports.pdf_reader()
    ports.install_pdf_reader(read)
    yield
    ports.install_pdf_reader(node_reader)
    loop.close()
