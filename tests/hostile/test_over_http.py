"""The running server, over its socket: hostile requests by the thousand, and bytes that are none."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections import Counter

from tests.hostile.dice import Dice
from tests.hostile.figures import keep
from tests.hostile.house import House
from tests.http.world import World
from tests.running_server import RunningServer

REQUESTS = int(os.environ.get("IRONFLOW_ROUNDS_HOSTILE_HTTP", "1200"))
THREADS, TIMEOUT, LONGEST_SECONDS, SLICE = 4, 30, 15.0, 50
SIGNS = b"\r\n \t:/%?#;=,\x00\xff{}\"'GETPOSTHTTP/1.1"


def _bytes_of(dice: Dice, chance: random.Random, credentials: dict[str, str]) -> bytes:
    """Write a request as it would stand on the wire, some of them with a few bytes that are not as they were."""
    request = dice.request()
    target = request.path + (f"?{request.query}" if request.query else "")
    lines = [f"{request.method} {target.replace(' ', '%20')} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    lines += [f"Content-Length: {len(request.body)}", "Connection: close"]
    text = "\r\n".join(lines)
    for known, real in credentials.items():
        text = text.replace(known, real)
    raw = text.encode("utf-8", "replace") + b"\r\n\r\n" + request.body
    if chance.random() < 0.2:
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(raw))
            raw = raw[:place] + bytes([chance.choice(SIGNS)]) + raw[place + chance.randint(0, 1) :]
    return raw


def _status(port: int, raw: bytes) -> int:
    """Send bytes and then nothing more; return the reply's status, or 0 where the server just closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while more := connection.recv(65_536):
            received += more
    return int(received[9:12]) if received.startswith(b"HTTP/1.1 ") else 0


def test_the_server_answers_whatever_comes(live_server: RunningServer, world: World, house: House) -> None:
    """No 5xx and no hang from four clients at once; the server serves on, and its environments live."""
    good = [world.b.admin.credential, world.b.keys["viewer"].credential, world.platform["viewer"].credential]
    known = house.scene.credentials
    real = {known["tenant"]: good[0], known["viewer"]: good[1], known["platform"]: good[2]}
    statuses: Counter[int] = Counter()
    failed: list[bytes] = []
    slowest = [0.0]

    def attack(seed: int) -> None:
        dice, chance = Dice(house.scene, 100 + seed), random.Random(seed)
        for _ in range(REQUESTS // THREADS):
            raw = _bytes_of(dice, chance, real)
            began = time.monotonic()
            status = _status(live_server.port, raw)
            slowest[0] = max(slowest[0], time.monotonic() - began)
            statuses[status] += 1
            if status >= 500:
                failed.append(raw[:2000])

    threads = [threading.Thread(target=attack, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keep("hostile_http", requests=statuses.total(), server_errors=len(failed), cut_off=statuses[0],
         slowest_milliseconds=round(slowest[0] * 1000))  # fmt: skip
    assert [] == failed
    assert slowest[0] < LONGEST_SECONDS
    assert REQUESTS // THREADS * THREADS == statuses.total()
    assert 200 == world.nobody.get("/health").status
