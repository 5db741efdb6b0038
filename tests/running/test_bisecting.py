"""Which results pass together: for whatever is bad, alone or with others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parallel_refactor.running.bisecting import find_passing


@given(st.data(), st.integers(1, 12))
def test_bisecting_ends_with_a_set_that_passes_and_to_which_nothing_can_be_added(
    data: st.DataObject, size: int
) -> None:
    names = tuple(str(number) for number in range(size))
    bad_sets = data.draw(st.lists(st.sets(st.sampled_from(names), min_size=1, max_size=3), min_size=1, max_size=4))
    asked: dict[frozenset[str], bool] = {frozenset(names): False, frozenset(): True}

    def passes(some: tuple[str, ...]) -> bool:
        key = frozenset(some)
        return asked.setdefault(key, not any(bad <= key for bad in bad_sets))

    if any(bad <= set(names) for bad in bad_sets):
        kept = find_passing(names, passes)
        before = len(asked)
        assert passes(kept)
        assert not any(passes((*kept, name)) for name in names if name not in kept)
        assert len(asked) == before, "all that is said has been tried"


def test_bisecting_one_of_many_takes_few_tries() -> None:
    names = tuple(str(number) for number in range(1000))
    asked: dict[frozenset[str], bool] = {frozenset(names): False, frozenset(): True}
    kept = find_passing(names, lambda some: asked.setdefault(frozenset(some), "700" not in some))
    assert set(kept) == set(names) - {"700"}
    assert len(asked) <= 2 + 2 * 10
