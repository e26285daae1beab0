"""Figures in Prometheus' text format (contract, section 5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from controlplane.gateway.figures import BOUNDS, Figures

EMPTY = """\
# HELP ironflow_requests_total Requests by operation and status
# TYPE ironflow_requests_total counter
# HELP ironflow_request_duration_seconds Seconds from event to reply, by operation
# TYPE ironflow_request_duration_seconds histogram
# HELP ironflow_authorizer_outcomes_total Requests by what the authorizer said: allow, refuse, deny or failed
# TYPE ironflow_authorizer_outcomes_total counter
"""


def _samples(figures: Figures) -> list[str]:
    return [line for line in figures.text().splitlines() if not line.startswith("#")]


def test_a_process_that_did_nothing_says_what_it_would_count() -> None:
    """Every family is described even before its first sample."""
    assert Figures().text() == EMPTY


def test_requests_and_outcomes_are_counted() -> None:
    """One sample for each operation and status, and one for each outcome."""
    figures = Figures()

    for status in (200, 404, 200):
        figures.request("get_key", status, seconds=0.001)
    figures.outcome("deny")

    samples = _samples(figures)
    assert [line for line in samples if "duration" not in line] == [
        'ironflow_requests_total{operation="get_key",status="200"} 2',
        'ironflow_requests_total{operation="get_key",status="404"} 1',
        'ironflow_authorizer_outcomes_total{outcome="deny"} 1',
    ]


def test_a_bucket_holds_everything_up_to_its_bound() -> None:
    """A latency on a bound belongs below it, and one beyond all bounds is in the last bucket only."""
    figures = Figures()

    for seconds in (0.001, 0.25, 0.3, 60.0):
        figures.request("get_key", 200, seconds=seconds)

    samples = dict(line.rsplit(" ", 1) for line in _samples(figures))
    name = "ironflow_request_duration_seconds"
    assert [samples[f'{name}_bucket{{operation="get_key",le="{bound}"}}'] for bound in (*BOUNDS, "+Inf")] == [
        *["1"] * 5, "2", "3", "3", "3", "3", "3", "4",
    ]  # fmt: skip
    assert samples[f'{name}_count{{operation="get_key"}}'] == "4"
    assert samples[f'{name}_sum{{operation="get_key"}}'] == "60.551000"


def test_processes_that_share_a_folder_add_up(tmp_path: Path) -> None:
    """Whichever process is asked, it shows what all of them did, those that have ended too."""
    first, second = Figures(str(tmp_path)), Figures(str(tmp_path))

    first.outcome("allow")
    second.outcome("allow")

    assert _samples(first) == _samples(second) == ['ironflow_authorizer_outcomes_total{outcome="allow"} 2']


def test_no_request_is_missed_under_threads(tmp_path: Path) -> None:
    """Counting and asking at once neither loses a request nor reads half a file."""
    figures, reader = Figures(str(tmp_path)), Figures(str(tmp_path))

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(reader.text) for _ in range(50)]
        for _ in range(200):
            pool.submit(figures.request, "get_key", 200, seconds=0.001)

    assert all(text.result() for text in asked)
    assert 'ironflow_requests_total{operation="get_key",status="200"} 200' in _samples(reader)


def test_a_long_life_makes_no_long_file(tmp_path: Path) -> None:
    """A process writes a line or three a request, and now and then its sums instead."""
    figures = Figures(str(tmp_path))

    for _ in range(5_000):
        figures.outcome("allow")

    (file,) = tmp_path.iterdir()
    assert len(file.read_text().splitlines()) <= 1_001
    assert _samples(figures) == ['ironflow_authorizer_outcomes_total{outcome="allow"} 5000']


def test_a_line_that_is_being_written_counts_next_time(tmp_path: Path) -> None:
    """A reader that comes in between sees what was there before."""
    figures = Figures(str(tmp_path))
    figures.outcome("allow")
    (file,) = tmp_path.iterdir()

    with file.open("a") as half:
        half.write('["ironflow_authorizer_outco')

    assert _samples(figures) == ['ironflow_authorizer_outcomes_total{outcome="allow"} 1']


def test_figures_that_cannot_be_shared_fail_no_request(tmp_path: Path) -> None:
    """A folder that went away is the figures' trouble, not the caller's."""
    figures = Figures(str(tmp_path / "gone"))

    figures.request("get_key", 200, seconds=0.001)
