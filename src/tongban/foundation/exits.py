"""
How a command of this node ends when it cannot do what it was asked: one sentence and a stable exit code.

* NodeProblem              1   something about this machine or installation forbids it
  * HomeUnusable          12   the data folder cannot be read or written
  * DiskFull              13   there is no room left where the data lies
  * ForeignDatabase       14   the data folder holds something this node cannot run
  * DatabaseMissing       15   no PostgreSQL programs of a usable version were found
  * DatabaseNotStarting   16   the embedded PostgreSQL does not come up
  * DatabaseUnreachable   17   the external PostgreSQL does not answer or is too old
  * AlreadyRunning        10   another `tongban serve` holds the data folder
  * PortBusy              11   something else listens where the web server should
  * PartKeepsDying        18   web server or worker end as soon as they are started
  * PreparationFailed     19   migrations or the sample area could not be loaded
  * KeysUnusable          25   the node's keys cannot be read, or the KMS does not give them
  * NotForService         26   a node in service holds something of a demonstration
  * KeyInUse              27   a key cannot be retired: something still needs it
  * RotationUnfinished    28   rows were held by others until a change of keys was given up

2 is the shell's own "wrong usage"; each class is defined in the module that raises it.
"""

from typing import ClassVar


class NodeProblem(Exception):
    """
    Something about this machine or installation forbids what was asked; the text says what, and what to do.
    """

    exit_code: ClassVar[int] = 1
    """For scripts; never changes once released."""
