"""
Who runs the server, and where that account can go.

PostgreSQL refuses to run as root, rightly. Started as root we hand its processes to an existing unprivileged
account; no account is made and no permission outside the data folder is changed.
"""

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongban.foundation.exits import NodeProblem

#: Looked for in this order; Debian and its relatives have the first once PostgreSQL was ever installed,
#: every system has the second.
PREFERRED = ("postgres", "nobody")

SHELL = "/bin/sh"
HARMLESS_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class NoAccount(NodeProblem):
    """
    We are root and found no unprivileged account to hand the database to.
    """

    exit_code = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    An account as the kernel knows it.
    """

    name: str
    uid: int
    gid: int

    def as_user(self) -> dict[str, Any]:
        """
        Return the arguments that make `subprocess` start a program under this account, in its group alone.
        """
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """
        Make `path`, which we made ourselves, this account's.
        """
        if os.geteuid() != self.uid:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """
        Tell whether this account can reach what lies in `folder`; asks the kernel, not the permission bits.
        """
        return self._test('test -x "$1"', folder)

    def can_run(self, program: Path) -> bool:
        """
        Tell whether this account can execute `program` itself, with the libraries it needs.
        """
        return self._test('"$1" --version >/dev/null 2>&1', program)

    def _test(self, script: str, path: Path) -> bool:
        command = [SHELL, "-c", script, SHELL, str(path)]
        ended = subprocess.run(  # noqa: S603 -- our own script, the path is an argument
            command, check=False, cwd="/", env=HARMLESS_ENVIRONMENT, **self.as_user()
        )
        return ended.returncode == 0


def service_account(*, owner_of: Path | None = None, names: Mapping[str, Account] | None = None) -> Account:
    """
    Return the account that runs the server: ourselves, or an unprivileged one when we are root.

    :param owner_of: a cluster that exists already; whoever owns it goes on owning it
    :param names: accounts to choose from by name instead of the system's (tests)
    :raises NoAccount: we are root and there is none
    """
    me = os.geteuid()
    if me != 0:
        return Account(name=str(me), uid=me, gid=os.getegid())
    if owner_of is not None and owner_of.exists() and (owner := owner_of.stat()).st_uid != 0:
        return Account(name=str(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)
    for name in PREFERRED:
        account = names.get(name) if names is not None else _lookup(name)
        if account is not None and account.uid != 0:
            return account
    raise NoAccount(
        "PostgreSQL must not run as root and there is no account called postgres or nobody; "
        "start the node under an ordinary account, or set DATABASE_URL."
    )


def _lookup(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
