import gc

from tongban.foundation.processes import loading


class TestLoading:
    def test_is_not_looked_through_for_garbage_then_nor_later(self) -> None:
        before = gc.get_freeze_count()

        with loading():
            during = gc.isenabled()

        after = gc.get_freeze_count()
        gc.unfreeze()
        assert (during, gc.isenabled()) == (False, True)
        assert after > before
