"""Requests that nobody sends by accident, made by dice that fall the same way in every run."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from controlplane.api.routes import ROUTES, Route
from devserver.http_message import HttpRequest
from tests.events.case import CALLERS, Case, url_of
from tests.events.scene import Scene
from tests.hostile.oddities import BODIES, HEADERS, METHODS, TEXTS, TYPES, VALUES
from tests.http.bodies import SAMPLES

_BODY_OF = {(sample.method, sample.path.count("/"), sample.path.split("{")[0]): sample.body for sample in SAMPLES}


class Dice:
    """Makes hostile requests to a scene."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._dice = random.Random(seed)
        self._scene = scene
        self._ids = [value for value in scene.ids.values() if value]
        self._good = list(scene.credentials.values())

    def request(self) -> HttpRequest:
        """Return the next request."""
        dice = self._dice
        route = dice.choice(ROUTES)
        self._usual = url_of(Case(operation=route.operation, status=0), self._scene).split("/")[1:]
        self._caller = self._scene.credentials.get(CALLERS[route.access], "") or dice.choice(self._good)
        method = route.method if dice.random() < 0.85 and route.method != "ANY" else dice.choice(METHODS)
        return HttpRequest(
            method,
            self._path(route),
            self._query(route),
            tuple(self._headers()),
            self._body(route),
            "HTTP/1.1",
            "192.0.2.1",
        )

    def _path(self, route: Route) -> str:
        dice = self._dice
        parts = [
            self._segment(part, usual) for part, usual in zip(route.path.split("/")[1:], self._usual, strict=False)
        ]
        if dice.random() < 0.1:
            place = dice.randrange(len(parts))
            parts[place] = dice.choice(
                (
                    parts[place].upper(),
                    parts[place] + ";x",
                    parts[place] + "%2F",
                    "..",
                    ".",
                    "",
                    quote(parts[place] or "a", safe="").replace("a", "%61"),
                    "%2e%2e",
                    parts[place] + "%00",
                    parts[place] + "%0d%0aX:y",
                    "%ff",
                    "a" * 500,
                )
            )
        return (
            "/" + "/".join(parts) + dice.choice(("", "", "", "", "", "", "/", "//", "/.", "/%2e", ";", "%20", ".json"))
        )

    def _segment(self, part: str, usual: str) -> str:
        dice = self._dice
        if not part.startswith("{") or dice.random() < 0.6:
            return usual
        return quote(
            dice.choice(self._ids) if dice.random() < 0.6 else dice.choice(TEXTS) or "x",
            safe=dice.choice(("", "/", "%/")),
        )

    def _query(self, route: Route) -> str:
        dice = self._dice
        names = (*route.query, "token", "env", "env_id", "limit", "cursor", "platform", "", "a[]", "__proto__", "from")
        pairs = []
        for _ in range(dice.choice((0, 0, 0, 0, 1, 2, 3))):
            value = dice.choice((*TEXTS, *self._good[:2], *self._ids))
            pairs.append(f"{quote(dice.choice(names))}={quote(value, safe=dice.choice(('', '%')))}")
        return dice.choice(("&", "&", "&", ";")).join(pairs) + dice.choice(("", "", "", "", "&", "%ff", "=", "&=&"))

    def _headers(self) -> Sequence[tuple[str, str]]:
        dice = self._dice
        pairs = [("Host", "api.example.com")]
        if dice.random() < 0.8:
            pairs.append((dice.choice(HEADERS[:3]), self._credential()))
        for _ in range(dice.choice((0, 0, 0, 0, 1, 2, 4))):
            pairs.append((dice.choice(HEADERS), self._value()))
        return pairs

    def _credential(self) -> str:
        dice = self._dice
        good = self._caller if dice.random() < 0.6 else dice.choice(self._good)
        if dice.random() < 0.75:
            return f"Bearer {good}"
        return dice.choice(
            (
                good,
                f"bearer {good}",
                f"Bearer  {good}",
                f"Bearer\t{good}",
                f"Bearer {good} x",
                f"Basic {good}",
                "Bearer",
                "Bearer ",
                f"Bearer {good[:-1]}",
                f"Bearer {good}\x00",
                f"Bearer {good.upper()}",
                f"Bearer {good},{good}",
                f"Bearer Bearer {good}",
                "Bearer ..",
                "Bearer a.b.c",
                f"Bearer {good}.",
                f"Bearer é{good}",
                "Bearer " + "x" * 9000,
                f"Token {good}",
                f"Bearer={good}",
                f"Bearer:{good}",
                f"\u00a0Bearer {good}",
                "Bearer eyJhbGciOiJub25lIn0.e30.",
            )
        )

    def _value(self) -> str:
        """Return a header's value; control characters never come through a gateway."""
        dice = self._dice
        good = dice.choice(self._good)
        value = dice.choice(
            (
                *TEXTS,
                *self._ids,
                *METHODS,
                *TYPES,
                f"Bearer {good}",
                f"ironflow_dashboard_token={good}",
                "same-origin",
                f"ironflow_dashboard_token={good}; ironflow_dashboard_token=x",
                "cross-site",
                "gzip",
                "https://api.example.com",
                "/api/v1/platform/users",
                f'ironflow_dashboard_token="{good}"',
                "127.0.0.1",
                "100-continue",
            )
        )
        return "".join(sign for sign in value if sign.isprintable()).strip()

    def _body(self, route: Route) -> bytes:
        dice = self._dice
        if not route.body and dice.random() < 0.8:
            return b""
        if dice.random() < 0.25:
            return dice.choice(BODIES)
        body: dict[str, Any] = dict(_BODY_OF.get((route.method, route.path.count("/"), route.path.split("{")[0]), {}))
        for name in list(body):
            if dice.random() < 0.3:
                body[name] = dice.choice((*TEXTS, *VALUES, *self._ids, body[name]))
        if dice.random() < 0.1:
            body[dice.choice(TEXTS)] = dice.choice(VALUES)
        raw = json.dumps(body, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
        if dice.random() < 0.1:
            place = dice.randrange(len(raw))
            raw = raw[:place] + bytes([dice.randrange(256)]) + raw[place + 1 :]
        return raw
