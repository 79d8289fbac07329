"""
The one way in which reading an OFD ends without an answer.
"""

from tongban.support.documents.values.ofd import Unreadable


class NotReadable(Exception):
    """
    The file, or a part of it, cannot be read; services turn this into the error that people see.
    """

    def __init__(self, reason: Unreadable, detail: str = "") -> None:
        """
        Say why.

        :param detail: for developers: a part, a limit
        """
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail[:200]
