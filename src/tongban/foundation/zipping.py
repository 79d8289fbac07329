"""
ZIP files that go out while they are being made.
"""


class Chunks:
    """
    What was written since it was last asked: lets a ZIP file go out while it is being made.
    """

    def __init__(self) -> None:
        """
        Begin empty.
        """
        self._held: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        """
        Take a piece.
        """
        self._held.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """
        Do nothing: pieces are taken as they come.
        """

    def close(self) -> None:
        """
        Do nothing.
        """

    def taken(self) -> bytes:
        """
        Return what was written, and hold nothing any more.
        """
        pieces, self._held = self._held, []
        return b"".join(pieces)
