"""Tests of web/problems.py: every error in one shape."""

from collections.abc import Iterator

from faces.errors import FacesError
from web.problems import ANSWERS


def tree(root: type[FacesError]) -> Iterator[type[FacesError]]:
    yield root
    for below in root.__subclasses__():
        yield from tree(below)


def test_every_error_of_the_tree_has_a_status_and_a_code_of_its_own() -> None:
    ours = {kind for kind in tree(FacesError) if not kind.__module__.startswith(("test_", "benchmarks."))}
    assert ours == set(ANSWERS)
    assert len({code for _, code in ANSWERS.values()}) == len(ANSWERS)
