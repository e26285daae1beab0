"""Load on one tenant's keys: by callers of our own, or by k6, which tests nothing but sends at an exact rate."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.http.client import Client, Reply
from tests.running_server import RunningServer

CALLERS = 8
KEYS = "/api/v1/apikeys"
_SCRIPT = Path(__file__).with_name("load.js")
_REFUSED, _UNAVAILABLE = 300, 503


@dataclass
class Told:
    """What the callers were told: how often, what was acknowledged, and what was neither a success nor a fault."""

    asked: int = 0
    unavailable: int = 0
    wrong: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    seconds: float = 0.0
    milliseconds: dict[str, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Return how many requests were answered in a second."""
        return self.asked / self.seconds

    @property
    def acknowledged(self) -> set[str]:
        """Return the ids of the keys that must be there."""
        return self.made - self.gone


class Callers:
    """Callers that read, write and delete keys of one tenant, a thread each."""

    def __init__(self, admin: Client) -> None:
        self._admin, self._lock = admin, threading.Lock()

    def run(self, seconds: float, *, rate: float = 0.0) -> Told:
        """Let all callers ask for so long, as fast as they are answered, or `rate` requests a second together."""
        told, began = Told(), time.monotonic()
        pause = CALLERS / rate if rate else 0.0
        with ThreadPoolExecutor(CALLERS) as pool:
            calls = [pool.submit(self._call, told, began + seconds, pause, seed) for seed in range(CALLERS)]
            for one in calls:
                one.result()
        told.seconds = time.monotonic() - began
        return told

    def _call(self, told: Told, end: float, pause: float, seed: int) -> None:
        chance, own, client = random.Random(seed), list[str](), self._admin.having()
        due = time.monotonic()
        while time.monotonic() < end:
            reply = self._ask(client, told, own, chance.random())
            with self._lock:
                self._note(told, reply)
            due = max(due + pause, time.monotonic() - 1)
            time.sleep(max(due - time.monotonic(), 0))
        client.close()

    def _ask(self, client: Client, told: Told, own: list[str], dice: float) -> Reply:
        if dice < 0.2 or not own:
            reply = client.post(KEYS, {"name": "load"})
            if reply.status == 201:
                own.append(reply.json()["id"])
                with self._lock:
                    told.made.add(own[-1])
            return reply
        if dice < 0.3:
            key_id = own.pop()
            with self._lock:
                told.gone.add(key_id)  # acknowledged, or perhaps done: not looked for either way
            return client.delete(f"{KEYS}/{key_id}")
        return client.get(f"{KEYS}/{own[-1]}" if dice < 0.6 else "/api/v1/projects")

    def _note(self, told: Told, reply: Reply) -> None:
        told.asked += 1
        fault = reply.status == _UNAVAILABLE and reply.json()["retryable"] and reply.headers["retry-after"] == "1"
        told.unavailable += bool(fault)
        if reply.status >= _REFUSED and not fault:
            told.wrong.append(f"{reply.method} {reply.status} {reply.body[:300]!r}")


class K6:
    """The same load, sent by k6's program (the requests are in load.js)."""

    def __init__(self, program: str, server: RunningServer) -> None:
        self._program, self._server = program, server

    def run(self, seconds: float, *, rate: float = 0.0) -> Told:
        """Let k6 send for so long, as fast as it is answered, or `rate` requests a second."""
        with tempfile.TemporaryDirectory() as folder:
            summary, lines = Path(folder) / "summary.json", Path(folder) / "lines"
            environ = {"BASE": self._server.base_url, "KEY": self._server.bootstrap_key, "SUMMARY": str(summary),
                       "RATE": str(max(int(rate), 1) if rate else 0), "SECONDS": str(int(seconds)),
                       "CALLERS": str(CALLERS), "K6_NO_USAGE_REPORT": "true"}  # fmt: skip
            ended = subprocess.run(
                [self._program, "run", "--quiet", "--no-color", "--log-format", "raw", "--console-output", str(lines),
                 "--address", "", str(_SCRIPT)],
                env={**os.environ, **environ}, capture_output=True, text=True, check=False)  # fmt: skip
            assert summary.exists(), ended.stdout[-3000:] + ended.stderr[-3000:]
            return _told(json.loads(summary.read_text()), lines.read_text().splitlines(), seconds)


def _told(summary: dict[str, dict[str, dict[str, dict[str, float]]]], lines: list[str], seconds: float) -> Told:
    figures = {name: metric["values"] for name, metric in summary["metrics"].items()}
    words = [line.partition(" ") for line in lines]
    wrong = [rest[:300] for word, _, rest in words if word == "wrong"]
    assert len(wrong) == figures["checks"]["fails"]
    return Told(
        asked=int(figures["http_reqs"]["count"]),
        unavailable=int(figures["faults"]["count"]),
        wrong=wrong,
        made={rest for word, _, rest in words if word == "made"},
        gone={rest for word, _, rest in words if word == "gone"},
        seconds=seconds,
        milliseconds={
            name: round(figures["http_req_duration"][key])
            for name, key in (("p50", "p(50)"), ("p99", "p(99)"), ("slowest", "max"))
        },
    )
