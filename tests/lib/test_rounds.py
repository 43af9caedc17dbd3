"""A round takes up work for so long and no longer."""

from mentormap.lib.rounds import within_time_budget


def test_all_items_come_while_there_is_time() -> None:
    assert list(within_time_budget([1, 2, 3], seconds=60)) == [1, 2, 3]


def test_after_its_time_a_round_takes_up_no_more() -> None:
    assert list(within_time_budget([1, 2, 3], seconds=0)) == [1]


def test_nothing_to_do_takes_no_time() -> None:
    assert list(within_time_budget([], seconds=0)) == []
