"""Whatever is rewritten: it compiles, a second run changes nothing, and comments and line ends stay."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_refactor.engines.interface import Outcome
from parallel_refactor.engines.recipes.rewrite import Rewrite
from tests.engines.engine_runs import after, run_recipe, settled
from tests.engines.engine_runs import rewrite_options as options

RECIPE = Rewrite()

ATOMS = st.sampled_from(["1", "x", "'\U0001f600'", "k", "(y)", "a.b", "[1, 2]", "(lambda: 0)"])
CALLS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("foo({})".format, inner),
        st.builds("foo({}, {})".format, inner, inner),
        st.builds("foo(\n    {},  # c\n    {},\n)".format, inner, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("{} * 2".format, inner),
        st.builds("other({})".format, inner),
    ),
    max_leaves=8,
)
RULES = st.sampled_from(
    [
        ("foo($$$A)", "bar($$$A)"),
        ("foo($X)", "$X.bar()"),
        ("foo($X, $Y)", "$Y + $X"),
        ("foo($X, $Y)", "bar($X)(foo($Y))"),
        ("$X * 2", "double($X)"),
        ("foo($X)", "$X"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(CALLS, max_size=4), RULES, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n"]))
def test_idempotent_parses_and_touches_nothing_else(
    calls: list[str], rule: tuple[str, str], end: str, last: str
) -> None:
    lines = [line for number, call in enumerate(calls) for line in (f"# keep {number}", f"v{number} = {call}")]
    source = ("\n".join(lines) + last).replace("\n", end).encode()
    chosen = options(*rule)
    result = run_recipe(RECIPE, files := {"m.py": source}, chosen)
    done = settled(RECIPE, files, chosen)["m.py"]
    assert done == after(files, result)["m.py"]
    compile(done, "m.py", "exec")
    assert (done == source) == (result.files[0].outcome is not Outcome.CHANGED)
    kept = [line for line in done.decode().split(end) if line.startswith("# keep")]
    assert kept == [f"# keep {number}" for number in range(len(calls))]
    assert done.count(b"# c") == source.count(b"# c")
    assert done.endswith(end.encode()) == source.endswith(end.encode())
