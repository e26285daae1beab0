"""The socket between the server and one environment."""

from __future__ import annotations

import asyncio

import pytest

from devserver.runtime_channel import RESULT, EnvironmentGone, EnvironmentSilent, RuntimeChannel

FRAME = b"\x00\x00\x00\x03R42"


def test_a_report_may_arrive_in_any_pieces() -> None:
    """How the kernel cuts a stream into pieces changes nothing, not even within a frame's length."""
    for size in range(1, len(FRAME) + 1):
        channel = RuntimeChannel()
        for start in range(0, len(FRAME), size):
            channel.data_received(FRAME[start : start + size])
        assert (RESULT, b"42") == asyncio.run(channel.receive(0))
        channel.close()


def test_a_channel_that_was_closed_while_its_process_started_is_a_hang_up() -> None:
    """A server that stops while a function starts says so, and nothing unexpected."""
    channel = RuntimeChannel()
    channel.close()

    with pytest.raises(EnvironmentGone):
        asyncio.run(channel.open())


def test_silence_and_a_hang_up_are_told_apart() -> None:
    """A process that is slow is given up at its deadline, one that ended at once."""
    channel = RuntimeChannel()
    with pytest.raises(EnvironmentSilent):
        asyncio.run(channel.receive(0.01))

    channel.connection_lost(None)

    with pytest.raises(EnvironmentGone):
        asyncio.run(channel.receive(60))
    with pytest.raises(EnvironmentGone):
        channel.give(b"{}", request_id="id", deadline_ms=1)
    channel.close()
