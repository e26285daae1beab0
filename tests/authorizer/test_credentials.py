"""Where a credential may stand, and the sentence for each that is no good (contract, section 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from controlplane.domain.names import PLATFORM_ORG

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, HeldClock, World

KEYS = "/api/v1/apikeys"
NOTHING, BAD_KEY, BAD_TOKEN = "authentication required", "invalid API key", "invalid or expired token"
COOKIE = "ironflow_dashboard_token"
GOOD, GOOD_TOKEN = "<a valid key>", "<a valid token>"
HEADERS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    # headers                                                  query                          sentence
    ({}, {}, NOTHING),
    ({"Authorization": ""}, {}, NOTHING),
    ({"Authorization": "   "}, {}, NOTHING),
    ({"Authorization": "Bearer"}, {}, NOTHING),
    ({"Authorization": "Bearer  "}, {}, NOTHING),
    ({"Authorization": GOOD}, {}, NOTHING),
    ({"Authorization": f"Basic {GOOD}"}, {}, NOTHING),
    ({"Authorization": f"Bearer,{GOOD}"}, {}, NOTHING),
    ({"Authorization": [f"Bearer {GOOD}", f"Bearer {GOOD}"]}, {}, NOTHING),
    ({"Authorization": f"Bearer {GOOD}", "authorization": f"Bearer {GOOD}"}, {}, NOTHING),
    ({"Authorization": f"Bearer {GOOD}, Bearer {GOOD}"}, {}, BAD_KEY),
    ({"Authorization": f"Bearer {GOOD}x"}, {}, BAD_KEY),
    ({"Authorization": "Bearer x"}, {}, BAD_KEY),
    ({"Authorization": "Bearer a.b"}, {}, BAD_KEY),
    ({"Authorization": "Bearer a.b.c.d"}, {}, BAD_KEY),
    ({"Authorization": "Bearer ключ\ud800"}, {}, BAD_KEY),
    ({"Authorization": "Bearer " + "x" * 5000}, {}, BAD_KEY),
    ({"Authorization": "Bearer a.b.c"}, {}, BAD_TOKEN),
    ({"Authorization": "Bearer .."}, {}, BAD_TOKEN),
    ({"Authorization": "Bearer a." + "x" * 5000 + ".c"}, {}, BAD_TOKEN),
    ({"Authorization": "Bearer x"}, {"token": GOOD}, BAD_KEY),
    ({"Authorization": "Bearer x", "Cookie": f"{COOKIE}={GOOD_TOKEN}"}, {}, BAD_KEY),
    ({"Authorization": "Basic x"}, {"token": GOOD}, NOTHING),
    ({}, {"token": ""}, NOTHING),
    ({}, {"token": [GOOD, GOOD]}, NOTHING),
    ({}, {"token": "x"}, BAD_KEY),
    ({}, {"Token": GOOD}, NOTHING),
    ({"Cookie": f"{COOKIE}={GOOD_TOKEN}"}, {"token": "x"}, BAD_KEY),
    ({"Cookie": f"{COOKIE}={GOOD_TOKEN}"}, {"token": ""}, NOTHING),
    ({"Cookie": f"{COOKIE}={GOOD}"}, {}, BAD_TOKEN),
    ({"Cookie": f"{COOKIE}="}, {}, NOTHING),
    ({"Cookie": f"x{COOKIE}={GOOD_TOKEN}"}, {}, NOTHING),
    ({"Cookie": f"{COOKIE}={GOOD_TOKEN}; {COOKIE}={GOOD_TOKEN}"}, {}, BAD_TOKEN),
    ({"Cookie": [f"{COOKIE}={GOOD_TOKEN}", f"{COOKIE}={GOOD_TOKEN}"]}, {}, BAD_TOKEN),
    ({"Authorization": f"Bearer {GOOD}"}, {}, ""),
    ({"authorization": f"bearer {GOOD}"}, {}, ""),
    ({"AUTHORIZATION": f"BEARER   {GOOD}  "}, {}, ""),
    ({"Authorization": f"Bearer {GOOD_TOKEN}"}, {"token": "x"}, ""),
    ({}, {"token": GOOD}, ""),
    ({}, {"token": GOOD_TOKEN}, ""),
    ({"Cookie": f"a=b; {COOKIE}={GOOD_TOKEN};c"}, {}, ""),
    ({"cookie": ["a=b", f"{COOKIE}={GOOD_TOKEN}"]}, {}, ""),
]


def _filled(values: dict[str, Any], key: str, token: str) -> dict[str, Any]:
    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(part) for part in value]
        return value.replace(GOOD, key).replace(GOOD_TOKEN, token)

    return {name: fill(value) for name, value in values.items()}


@pytest.fixture
def valid(world: World) -> tuple[str, str]:
    """A valid key and a valid token."""
    world.user("org_acme", "user_1", "role_viewer")
    return world.key("org_acme", "role_viewer"), world.token("org_acme", "user_1")


def test_every_place_of_a_credential(gate: Gate, valid: tuple[str, str]) -> None:
    """The first place that holds one decides; present but bad never falls through; doubled is refused."""
    expected = [("401", sentence) if sentence else ("allow",) for _, _, sentence in HEADERS]

    said = [gate.ask("GET", KEYS, headers=_filled(headers, *valid), query=_filled(query, *valid)).said
            for headers, query, _ in HEADERS]

    assert expected == said


def test_a_header_in_the_single_shape_alone_counts(gate: Gate, valid: tuple[str, str]) -> None:
    """An event without `multiValueHeaders` is read by its `headers`, also when two differ in case only."""
    event = gate.event("GET", KEYS, valid[0])
    event["multiValueHeaders"] = None
    doubled = event | {"headers": event["headers"] | {"authorization": event["headers"]["Authorization"]}}

    effects = [gate.authorizer.authorize(one)["policyDocument"]["Statement"][0]["Effect"] for one in (event, doubled)]

    assert ["Allow", "Deny"] == effects


def test_the_sentences_of_keys(gate: Gate, world: World, clock: HeldClock) -> None:
    """A key is refused from the second of its expiry on, and when what it stands on is gone."""
    key = world.key("org_acme", "role_viewer", expires_at=clock.now() + 10)
    scoped = world.key("org_acme", "role_viewer", environment_id="env_staging")
    foreign = world.key("org_other", "role_viewer")

    clock.seconds += 9
    before = [gate.ask("GET", KEYS, one).said for one in (key, scoped, foreign)]
    clock.seconds += 1
    world.delete_environment("org_acme", "env_staging")
    world.delete_organization("org_other")
    after = [gate.ask("GET", KEYS, one).said for one in (key, scoped, foreign)]

    assert [("allow",)] * 3 == before
    assert [("401", "API key expired"), ("401", BAD_KEY), ("401", BAD_KEY)] == after


@pytest.mark.parametrize("ended", ["inactive", "deleted", "new version", "logged out", "expired", "no organization"])
def test_what_ends_a_session(gate: Gate, world: World, clock: HeldClock, ended: str) -> None:
    """A token is worth nothing on the first request after its user, session or organization is gone."""
    world.user("org_acme", "user_1", "role_viewer")
    token = world.token("org_acme", "user_1", hours=1)
    changes = {
        "inactive": lambda: world.change_user("org_acme", "user_1", is_active=False),
        "deleted": lambda: world.delete_user("org_acme", "user_1"),
        "new version": lambda: world.change_user("org_acme", "user_1", session_version=2),
        "logged out": lambda: world.end_session("jti-1"),
        "expired": lambda: setattr(clock, "seconds", clock.seconds + 3600),
        "no organization": lambda: world.delete_organization("org_acme"),
    }

    before = gate.ask("GET", KEYS, token).said
    changes[ended]()
    after = gate.ask("GET", KEYS, token).said

    assert (("allow",), ("401", BAD_TOKEN)) == (before, after)


def test_a_cookie_changes_nothing_for_another_site(gate: Gate, world: World) -> None:
    """A page elsewhere cannot use a logged-in browser to change anything; other credentials are not sent unasked."""
    world.user(PLATFORM_ORG, "puser_1", "role_platform_admin")
    token = world.token(PLATFORM_ORG, "puser_1")
    host = {"Host": "localhost:9123", "X-Forwarded-Proto": "http"}
    table: list[tuple[str, dict[str, Any], bool]] = [
        ("POST", {}, False),
        ("POST", {"Origin": "null"}, False),
        ("POST", {"Origin": "http://evil.example"}, False),
        ("POST", {"Origin": "http://localhost:9124"}, False),
        ("POST", {"Origin": "https://localhost:9123"}, False),
        ("POST", {"Origin": ["http://localhost:9123", "http://evil.example"]}, False),
        ("POST", {"Origin": "http://localhost:9123"}, True),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, True),
        ("POST", {"Sec-Fetch-Site": "same-site", "Origin": "http://app.localhost"}, True),
        ("POST", {"Sec-Fetch-Site": "cross-site"}, False),
        ("POST", {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:9123"}, False),
        ("POST", {"Sec-Fetch-Site": ["same-origin", "cross-site"]}, False),
        ("POST", {"Sec-Fetch-Site": "none"}, False),
        ("POST", {"Host": "", "Origin": "http://"}, False),
        ("POST", {"Host": ["localhost:9123", "localhost:9124"], "Origin": "http://"}, False),
        ("GET", {}, True),
        ("GET", {"Origin": "http://evil.example"}, True),
    ]

    said = [gate.ask(method, "/api/v1/platform/roles", headers=host | {"Cookie": f"{COOKIE}={token}"} | more).said
            for method, more, _ in table]
    by_header = gate.ask("POST", "/api/v1/platform/roles", token, headers={"Origin": "http://evil.example"}).said

    assert [("allow",) if same else ("403", "request comes from another site") for _, _, same in table] == said
    assert ("allow",) == by_header
