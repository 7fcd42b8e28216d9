from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.results.row import Details

PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), st.dictionaries(st.text(), PLAIN, max_size=3), max_size=3))
def test_details_are_what_was_put_in(details: dict[str, dict[str, Any]]) -> None:
    kept = Details(details)
    assert kept == details
    assert (list(kept), len(kept), repr(kept)) == (list(details), len(details), repr(details))
    assert all(kept[key] == inner for key, inner in details.items())
