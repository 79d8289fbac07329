import gc

import pytest

from tongban.foundation.processes import collecting_later, loading


class TestLoading:
    def test_is_not_looked_through_for_garbage_then_nor_later(self) -> None:
        before = gc.get_freeze_count()

        with loading():
            during = gc.isenabled()

        after = gc.get_freeze_count()
        gc.unfreeze()
        assert (during, gc.isenabled()) == (False, True)
        assert after > before


class TestCollectingLater:
    def test_looks_for_garbage_again_afterwards(self) -> None:
        with collecting_later():
            during = gc.isenabled()

        assert (during, gc.isenabled()) == (False, True)

    def test_goes_on_within_another_one(self) -> None:
        with collecting_later():
            with collecting_later():
                pass
            assert not gc.isenabled()

    def test_looks_again_after_an_error(self) -> None:
        with pytest.raises(ZeroDivisionError), collecting_later():
            1 / 0  # noqa: B018

        assert gc.isenabled()
