"""A proof is taken once: exactly, in bounded memory, whatever the clock does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import ProofRefused
from exchange.tokens import LIFETIME, LIFETIME_MAX, SKEW, Proof, ReplayCache

BEGAN = 1_000_000


def proof(name: int, issued: int = BEGAN, *, agency: str = "harbour-clinic", lives: int = LIFETIME) -> Proof:
    return Proof(agency, f"{name:026d}", issued, issued + lives)


def test_the_second_time_is_refused_for_as_long_as_it_could_be_taken() -> None:
    for later in range(LIFETIME + SKEW + 1):
        cache = ReplayCache(BEGAN)
        cache.remember(proof(1), BEGAN)
        with pytest.raises(ProofRefused, match="replay"):
            cache.remember(proof(1), BEGAN + later)


def test_once_it_has_run_out_it_is_forgotten_but_still_refused() -> None:
    cache = ReplayCache(BEGAN)
    cache.remember(proof(1), BEGAN)
    out = BEGAN + LIFETIME + SKEW + 1
    cache.remember(proof(2, out), out)
    assert len(cache) == 1
    with pytest.raises(ProofRefused, match="time"):
        cache.remember(proof(1), out)


def test_a_clock_set_back_brings_no_second_chance() -> None:
    cache = ReplayCache(BEGAN)
    cache.remember(proof(1), BEGAN)
    later = BEGAN + 500
    cache.remember(proof(2, later), later)
    with pytest.raises(ProofRefused, match="time"):
        cache.remember(proof(1), BEGAN)


def test_names_belong_to_their_agency() -> None:
    cache = ReplayCache(BEGAN)
    cache.remember(proof(1, agency="harbour-clinic"), BEGAN)
    cache.remember(proof(1, agency="moorfield-primary"), BEGAN)
    assert len(cache) == 2


def test_what_was_issued_before_the_beginning_is_refused() -> None:
    """Before a restart it may have been taken already; the desk makes another."""
    cache = ReplayCache(BEGAN)
    with pytest.raises(ProofRefused, match="time"):
        cache.remember(proof(1, BEGAN - 1), BEGAN)
    assert len(cache) == 0


def test_a_full_share_refuses_its_own_agency_alone_and_recovers() -> None:
    cache = ReplayCache(BEGAN, limit=10)
    for name in range(10):
        cache.remember(proof(name), BEGAN)
    with pytest.raises(ProofRefused, match="too many"):
        cache.remember(proof(10), BEGAN)
    cache.remember(proof(0, agency="moorfield-primary"), BEGAN)
    with pytest.raises(ProofRefused, match="replay"):
        cache.remember(proof(3), BEGAN)
    out = BEGAN + LIFETIME + SKEW + 1
    cache.remember(proof(11, out), out)
    assert len(cache) == 1


def test_memory_follows_the_rate_not_the_total() -> None:
    cache = ReplayCache(BEGAN)
    most = 0
    for name in range(20_000):
        now = BEGAN + name // 10
        cache.remember(proof(name, now), now)
        most = max(most, len(cache))
    assert most <= 10 * (LIFETIME + SKEW + 2)
    assert len(cache._taken) <= LIFETIME + SKEW + 2


events = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 90), st.integers(1, LIFETIME_MAX), st.integers(-40, 60)),
    max_size=60,
)


@given(events)
@settings(max_examples=200)
def test_against_a_memory_that_forgets_nothing(steps: list[tuple[int, int, int, int]]) -> None:
    """Any order of proofs and clocks: none is taken twice, and a fresh one is refused only for its time."""
    cache, taken, latest = ReplayCache(BEGAN), set(), BEGAN
    now = BEGAN
    for name, age, lives, tick in steps:
        now += tick
        latest = max(latest, now)
        one = proof(name, max(BEGAN, now - age), lives=lives)
        known = (one.jti, one.expires)  # what tells proofs apart, since the signature is over both
        try:
            cache.remember(one, now)
        except ProofRefused:
            assert known in taken or one.expires + SKEW < latest
        else:
            assert known not in taken
            taken.add(known)
