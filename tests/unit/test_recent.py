"""What was learnt last."""

from headrace.recent import Recent


def test_of_too_many_those_that_came_first_go_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent["a"], recent["b"] = 1, 2
    recent["c"] = 3
    assert recent == {"b": 2, "c": 3}


def test_what_is_learnt_anew_takes_nobodys_place() -> None:
    recent: Recent[str, int] = Recent(2)
    recent["a"], recent["b"] = 1, 2
    recent["a"] = 3
    assert recent == {"a": 3, "b": 2}
