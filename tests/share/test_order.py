"""Causes before effects, ties by the smallest name, whatever the order of arrival."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exchange.share.order import place

NAMES = "abcdefgh"
GRAPHS = st.dictionaries(
    st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES + "?"), max_size=4), max_size=8
)


@given(GRAPHS)
def test_everything_placed_comes_after_its_causes_and_the_rest_cannot_be_placed(
    graph: dict[str, frozenset[str]],
) -> None:
    order = place(graph)
    assert len(set(order)) == len(order)
    for index, name in enumerate(order):
        assert graph[name] <= set(order[:index])
    for name in graph.keys() - set(order):
        assert graph[name] - set(order)


@given(GRAPHS, st.randoms())
def test_the_order_does_not_depend_on_arrival(graph: dict[str, frozenset[str]], random: object) -> None:
    names = list(graph)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert place({name: graph[name] for name in names}) == place(graph)
    assert place({name: graph[name] for name in names}, {"a", "e"}) == place(graph, {"e", "a"})


def test_ties_go_to_the_smallest_name() -> None:
    assert place({"c": frozenset(), "b": frozenset(), "a": frozenset("b")}) == ("b", "a", "c")


def test_a_cycle_and_all_that_follows_it_has_no_place() -> None:
    graph = {
        "a": frozenset("b"),
        "b": frozenset("a"),
        "c": frozenset("a"),
        "d": frozenset(),
        "e": frozenset("e"),
    }
    assert place(graph) == ("d",)


@given(GRAPHS)
def test_a_part_closed_under_its_causes_has_the_same_order_alone(graph: dict[str, frozenset[str]]) -> None:
    whole = place(graph)
    part = {name for name in whole if name in "abcd"}
    closed = {name for name in part if graph[name] <= part}
    while closed != part:
        part = closed
        closed = {name for name in part if graph[name] <= part}
    assert place({name: graph[name] for name in part}) == tuple(name for name in whole if name in part)


@given(GRAPHS, st.frozensets(st.sampled_from(NAMES), max_size=3))
def test_what_an_anchor_was_built_on_comes_before_what_it_was_not(
    graph: dict[str, frozenset[str]], anchors: frozenset[str]
) -> None:
    order = place(graph, anchors)
    assert set(order) == set(place(graph))
    for index, name in enumerate(order):
        assert graph[name] <= set(order[:index])
    first = next((name for name in place(graph) if name in anchors), None)
    if first is not None:
        past, left = set(), [first]
        while left:
            name = left.pop()
            past.add(name)
            left += graph[name]
        assert set(order[: len(past)]) == past
