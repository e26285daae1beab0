"""A table of oddities: whoever is asked about a request, and whoever serves it, see the same one."""

from __future__ import annotations

import pytest

from controlplane.domain.names import COOKIE
from devserver.http_message import HttpRequest
from tests.hostile.house import House, Passage
from tests.hostile.promises import broken_promises
from tests.hostile.test_any_request import owners

KEYS, USERS = "/api/v1/apikeys", "/api/v1/platform/users"
NOT_ONE_REQUEST: list[str] = []


def _send(
    house: House,
    method: str,
    path: str,
    *headers: tuple[str, str],
    by: str = "tenant",
    query: str = "",
    body: bytes = b"",
) -> Passage:
    """Send a request by a credential of the scene; nothing that may never happen may happen."""
    said = [("Host", "api.example.com")]
    if by:
        said.append(("Authorization", f"Bearer {house.scene.credentials[by]}"))
    request = HttpRequest(method, path, query, (*said, *headers), body, "HTTP/1.1", "192.0.2.1")
    house.put_back()
    passage = house.answer(request)
    assert NOT_ONE_REQUEST == broken_promises(passage, credentials=owners(house))
    return passage


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{KEYS}/", 200),
        ("//api/v1/apikeys", 404),
        ("/api//v1/apikeys", 404),
        ("/api/v1//apikeys", 404),
        (f"{KEYS}//", 404),
        ("/api/v1/./apikeys", 404),
        ("/api/v1/../v1/apikeys", 404),
        ("/api/v1/%2e%2e/v1/apikeys", 404),
        ("/api/v1/platform/../apikeys", 404),
        ("/api/v1/platform%2Fusers", 404),
        ("/api/v1/apikeys%2F", 404),
        ("/api/v1/%61pikeys", 404),
        ("/API/v1/apikeys", 404),
        ("/api/v1/APIKEYS", 404),
        ("/api/v1/apikeys;x", 404),
        ("/api/v1/apikeys;x=y", 404),
        ("/api/v1/apikeys%00", 404),
        ("/api/v1/apikeys%20", 404),
        ("/api/v1/apikeys%0d%0aX:y", 404),
        ("/api/v1/apikeys.json", 404),
        ("/api/v1/apikeys%23", 404),
        ("/api/v1/apikeys%3Fplatform=true", 404),
        ("/api/v1/platform/%75sers", 404),
        (f"{KEYS}/ak_1%2Froles", 404),
        (f"{KEYS}/ak_1%2F..%2F..%2Fusers", 404),
        (f"{KEYS}/%2e%2e", 404),
        (f"{KEYS}/%00", 404),
        (f"{KEYS}/%0d%0a", 404),
        (f"{KEYS}/a%23b", 404),
        (f"{KEYS}/%ff", 400),
        (f"{KEYS}/{'a' * 5000}", 404),
    ],
)
def test_a_path_is_taken_as_it_came(house: House, path: str, status: int) -> None:
    """Nothing is normalised on the way but one trailing slash; an odd path is some other path, which is not served."""
    passage = _send(house, "GET", path)

    assert status == passage.reply.status


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/platform/../apikeys",
        "/api/v1/apikeys/../platform/users",
        "/api/v1/health/../apikeys",
        "/health/../api/v1/apikeys",
        "/health%2f..%2fapi%2fv1",
    ],
)
def test_no_path_leads_past_the_authorizer(house: House, path: str) -> None:
    """Without a credential there is no way to anything behind it."""
    passage = _send(house, "GET", path, by="")

    assert passage.reply.status in (401, 404)
    assert passage.ran in ("", "system")


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-http-method-override"])
@pytest.mark.parametrize("method", ["DELETE", " delete ", "Delete"])
def test_the_method_that_is_authorised_is_the_method_that_is_served(house: House, name: str, method: str) -> None:
    """A viewer who asks to read while a header says DELETE is refused as one who deletes (contract, section 7)."""
    passage = _send(house, "GET", f"{KEYS}/{house.scene.ids['tenant_key']}", (name, method), by="viewer")

    assert (403, "apikeys:manage", "delete_key") == (
        passage.reply.status,
        passage.error["required"],
        passage.context["operation"],
    )


@pytest.mark.parametrize(
    "name",
    [
        "X-Method-Override",
        "X-HTTP-Method",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Original-Method",
        "X-Forwarded-Prefix",
        "X-Forwarded-Uri",
    ],
)
def test_no_other_header_changes_what_is_asked(house: House, name: str) -> None:
    """Headers by which some servers change method or path change nothing here."""
    passage = _send(house, "GET", KEYS, (name, "DELETE"), (name, "/api/v1/platform/users"), by="viewer")

    assert (200, "list_keys") == (passage.reply.status, passage.context["operation"])


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ([("Authorization", "{good}")], "authentication required"),
        ([("Authorization", "Bearer")], "authentication required"),
        ([("Authorization", "Bearer ")], "authentication required"),
        ([("Authorization", "")], "authentication required"),
        ([("Authorization", "Basic {good}")], "authentication required"),
        ([("Authorization", "Bearer{good}")], "authentication required"),
        ([("Authorization", "Bearer:{good}")], "authentication required"),
        ([("Authorization", "Bearer={good}")], "authentication required"),
        ([("Authorization", "Bearer\t{good}")], "authentication required"),
        ([("Authorization", "Bearer Bearer {good}")], "invalid API key"),
        ([("Authorization", "Bearer {good} {good}")], "invalid API key"),
        ([("Authorization", "Bearer {good},{good}")], "invalid API key"),
        ([("Authorization", "Bearer {good};")], "invalid API key"),
        ([("Authorization", 'Bearer "{good}"')], "invalid API key"),
        ([("Authorization", "Bearer %69fkey_0")], "invalid API key"),
        (
            [
                ("Authorization", "Bearer .."),
            ],
            "invalid or expired token",
        ),
        ([("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")], "invalid or expired token"),
        ([("Authorization", "Bearer " + "x" * 9000)], "invalid API key"),
        ([("Authorization", "Bearer {good}"), ("Authorization", "Bearer {good}")], "authentication required"),
        ([("Authorization", "Bearer {good}"), ("authorization", "Bearer x")], "authentication required"),
        ([("AUTHORIZATION", "Bearer x"), ("Authorization", "Bearer {good}")], "authentication required"),
        ([("Authorization", "Bearer x"), ("Cookie", COOKIE + "={session}")], "invalid API key"),
        ([("Cookie", COOKIE + "={session}; " + COOKIE + "=x")], "invalid or expired token"),
        ([("Cookie", COOKIE + "={session}"), ("Cookie", COOKIE + "={session}")], "invalid or expired token"),
        ([("Cookie", COOKIE + "={good}")], "invalid or expired token"),
        ([("Cookie", COOKIE.upper() + "={session}")], "authentication required"),
        ([("X-Api-Key", "{good}")], "authentication required"),
        ([("Proxy-Authorization", "Bearer {good}")], "authentication required"),
    ],
)
def test_401_for_a_credential_that_is_not_quite_one(
    house: House, headers: list[tuple[str, str]], sentence: str
) -> None:
    """A credential is one value in one place in one form; whatever else is near it counts for nothing."""
    words = {"good": house.scene.credentials["tenant"], "session": house.scene.credentials["user"]}
    sent = [(name, value.format_map(words)) for name, value in headers]

    passage = _send(house, "GET", KEYS, *sent, by="")

    assert (401, sentence) == (passage.reply.status, passage.error["error"])


@pytest.mark.parametrize("form", ["bearer {}", "BEARER {}", "Bearer  {}", " Bearer {} "])
def test_the_scheme_is_read_as_http_says(house: House, form: str) -> None:
    """The scheme's case and spaces around its value mean nothing."""
    passage = _send(house, "GET", KEYS, ("Authorization", form.format(house.scene.credentials["tenant"])), by="")

    assert 200 == passage.reply.status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("X-Ironflow-Org", "{organization}"), ("x-ironflow-org", "{suspended}")], 400),
        ([("X-Ironflow-Org", "{organization}"), ("X-Ironflow-Org", "{organization}")], 400),
        ([("X-Ironflow-Org", "")], 400),
        ([("X-Ironflow-Org", "{organization},{suspended}")], 404),
        ([("X-Ironflow-Org", "ORG_{organization}")], 404),
        ([("X-Ironflow-Org", "org_platform")], 403),
        ([("X-Ironflow-Org", " org_platform ")], 403),
        (
            [
                ("X-Ironflow-Org", "{organization}"),
                ("X-Ironflow-Environment", "staging"),
                ("X-Ironflow-Environment-ID", "env_default"),
            ],
            400,
        ),
        ([("X-Ironflow-Org", "{organization}"), ("X-Ironflow-Reason", "x" * 501)], 400),
        ([("X-Ironflow-Org", "{organization}"), ("X-Ironflow-Reason", "a"), ("x-ironflow-reason", "b")], 400),
        ([("X-Ironflow-Org", " {organization} ")], 200),
    ],
)
def test_a_place_is_named_once_or_not_at_all(house: House, headers: list[tuple[str, str]], status: int) -> None:
    """Two organizations, two environments or two reasons are 400: nobody has to guess which one counts."""
    before = len(house.items())
    sent = [(name, value.format_map(house.scene.ids)) for name, value in headers]

    passage = _send(house, "GET", "/api/v1/projects", *sent, by="platform")

    assert status == passage.reply.status
    assert (status == 200) == (len(house.items()) > before)


@pytest.mark.parametrize(
    "query",
    [
        "platform=true&platform=false",
        "platform=false&platform=true",
        "platform=true&platform=",
        "platform=true&platform=TRUE",
    ],
)
def test_400_for_a_list_that_says_two_things(house: House, query: str) -> None:
    """Authorizer and handler cannot read different halves of a query."""
    passage = _send(house, "GET", KEYS, query=query, by="operator")

    assert 400 == passage.reply.status


@pytest.mark.parametrize(
    "query",
    [
        "platform=TRUE",
        "Platform=true",
        "platform=1",
        "platform=true%20",
        "platform[]=true",
        "platform%00=true",
        "xplatform=true",
    ],
)
def test_only_the_literal_true_asks_for_platform_keys(house: House, query: str) -> None:
    """Whatever else stands there, a tenant sees its own keys and no other."""
    passage = _send(house, "GET", KEYS, query=query)

    assert 200 == passage.reply.status
    assert b"ifplatform" not in passage.reply.body


@pytest.mark.parametrize("form", ["%25{:02x}{}", "%{:02x}{}"])
def test_an_id_that_is_spelled_in_percents_is_one_id_for_both(house: House, form: str) -> None:
    """However often it is decoded: the caller cannot be one for the rule and another for the deed."""
    user = house.scene.ids["user"]
    spelled = form.format(ord(user[0]), user[1:])
    body = b'{"current_password": "wrong-password", "new_password": "another-password"}'

    passage = _send(house, "PATCH", f"/api/v1/users/{spelled}/password", by="user", body=body)

    assert passage.reply.status in (401, 403, 404)
    if passage.reply.status == 401:
        assert "%" not in spelled.replace(f"%{ord(user[0]):02x}", "")
