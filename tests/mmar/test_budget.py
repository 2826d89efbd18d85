"""What asking costs and how fast it goes."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import RunError
from earwitness.mmar.budget import AUDIO_RATES, Budget, Pace, Purse, audio_rate, tokens_of_text


def test_cost_is_by_the_million() -> None:
    assert Budget(price_in=2.5, price_out=10.0).cost(2_000_000, 500_000) == 10.0


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"money": 1.0}, "needs prices"),
        ({"money": -1.0, "price_in": 1.0}, "budget must be a number"),
        ({"tokens": -1}, "budget of tokens must be"),
        ({"price_in": float("inf")}, "price of input"),
        ({"price_out": float("nan")}, "price of output"),
    ],
)
def test_a_budget_that_stops_nothing_is_refused(options: dict[str, float], match: str) -> None:
    with pytest.raises(RunError, match=match):
        Budget(**options)  # type: ignore[arg-type]


@given(
    limit=st.integers(0, 5000),
    costs=st.lists(st.integers(1, 400), min_size=1, max_size=40),
    first=st.integers(1, 400),
)
def test_a_budget_is_never_exceeded_by_more_than_one_answer_dearer_than_most(
    limit: int, costs: list[int], first: int
) -> None:
    purse = Purse(Budget(tokens=limit))
    spent = n = 0
    for cost in costs:
        if not purse.take(first, 0):
            break
        purse.give({"input": cost, "output": 0}, n_in=first, n_out=0)
        spent, n = spent + cost, n + 1
        assert spent <= limit + max(costs)
    else:
        return
    # It stops only where another answer, as they were on average, would not fit.
    assert spent + (spent / n if n else first) > limit


def test_what_is_being_asked_counts_until_it_is_known() -> None:
    purse = Purse(Budget(tokens=250), spent=(100, 0), n_spent=1)
    assert purse.take(1, 0)
    waited: list[bool] = []
    other = threading.Thread(target=lambda: waited.append(purse.take(1, 0)))
    other.start()
    time.sleep(0.05)
    assert not waited
    # It came cheaper than the average, so that there is room for one more.
    purse.give({"input": 10, "output": 0}, n_in=1, n_out=0)
    other.join(timeout=5)
    assert waited == [True]
    purse.give(None, n_in=1, n_out=0)
    assert purse.n_in == 110


def test_without_a_count_the_estimate_is_spent() -> None:
    purse = Purse(Budget(tokens=1000))
    assert purse.take(60, 40)
    purse.give({}, n_in=60, n_out=40)
    assert (purse.n_in, purse.n_out) == (60, 40)


def test_a_pace_is_over_all_threads() -> None:
    pace, halt = Pace(6000.0), threading.Event()
    began = time.monotonic()
    threads = [threading.Thread(target=lambda: [pace.wait(halt) for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.18 < time.monotonic() - began < 2


def test_a_pace_ends_with_the_run() -> None:
    pace, halt = Pace(1.0), threading.Event()
    assert pace.wait(halt)
    halt.set()
    began = time.monotonic()
    assert not pace.wait(halt) and not Pace(None).wait(halt)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_pace_that_is_none(rate: float) -> None:
    with pytest.raises(RunError, match="more than 0 requests"):
        Pace(rate)


def test_tokens_are_told_by_the_name_of_the_model() -> None:
    assert audio_rate("gemini:gemini-2.5-flash").per_second == 32
    assert audio_rate("openai:gpt-4o-audio-preview").per_second == 10
    assert audio_rate("openai:Qwen/Qwen3-Omni-30B").per_second == 12.5
    assert audio_rate("openai:Qwen/Qwen2.5-Omni-7B").per_second == 25
    assert "nothing known" in audio_rate("openai:mystery").source
    assert all(rate.source and rate.per_second > 0 for rate in AUDIO_RATES.values())


def test_tokens_of_a_text() -> None:
    assert tokens_of_text("") == 0
    assert tokens_of_text("abcd" * 10) == 10
    assert tokens_of_text("什么声音") == 4
