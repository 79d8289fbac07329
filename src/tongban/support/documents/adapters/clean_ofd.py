"""
Read one OFD entry by entry, and keep it as it is or refuse it: its signatures stand over its own files.

Run by `cleaner` as `python -m …clean_ofd MEMORY CPU`.
"""

from tongban.support.documents.adapters.sandbox import CannotCleanError, run
from tongban.support.documents.rules import Refused, require_sound_ofd

# What zipfile decodes names with is loaded by its first use, when no file can be opened any more.
"".encode("cp437")


def clean(content: bytes) -> tuple[bytes, set[str]]:
    """
    Return the file itself.

    :raises CannotCleanError: whatever `rules.require_sound_ofd` refuses
    """
    try:
        require_sound_ofd(content)
    except Refused as refused:
        raise CannotCleanError(refused.problem.value, refused.detail) from refused
    return content, set()


if __name__ == "__main__":
    run(clean)
