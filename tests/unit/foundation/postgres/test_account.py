import os

import pytest

from tongban.foundation.postgres.account import Account, NoAccount, service_account

POSTGRES = Account(name="postgres", uid=101, gid=104)
NOBODY = Account(name="nobody", uid=65534, gid=65534)
ROOT = Account(name="postgres", uid=0, gid=0)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root chooses an account")


@as_root
class TestServiceAccount:
    def test_is_postgres_where_there_is_one(self) -> None:
        assert service_account(names={"postgres": POSTGRES, "nobody": NOBODY}) == POSTGRES

    def test_is_nobody_where_there_is_no_postgres(self) -> None:
        assert service_account(names={"nobody": NOBODY}) == NOBODY

    def test_is_never_root_under_another_name(self) -> None:
        assert service_account(names={"postgres": ROOT, "nobody": NOBODY}) == NOBODY

    def test_is_refused_where_there_is_none(self) -> None:
        with pytest.raises(NoAccount) as refused:
            service_account(names={})

        assert refused.value.exit_code == 16
        assert "there is no account called postgres or nobody" in str(refused.value)
