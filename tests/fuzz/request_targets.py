"""The parsers of a request: credential, cookie, cursor, path, places and body (contract, section 1)."""

from __future__ import annotations

import json
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from controlplane.api import bodies
from controlplane.api.body_parser import MAX_BYTES, MAX_DEPTH, parse_object
from controlplane.api.routes import ROUTES, find_route
from controlplane.domain.errors import InvalidArgument, NotFound, PermissionDenied, Unauthenticated
from controlplane.domain.names import COOKIE
from controlplane.gateway.authorizer.credentials import LONGEST, presented_credential
from controlplane.gateway.authorizer.places import reason_of, sought, wants_to_enter
from controlplane.gateway.authorizer.request import Request, request_of
from controlplane.gateway.authorizer.same_site import check_same_site
from controlplane.gateway.request import check_path
from controlplane.services.cursors import Cursors
from tests.fuzz.target import Target, accepts, either, lines_of, text_of

CURSORS = Cursors(lambda: b"k" * 32)
LONGEST_CURSOR = 1024
KINDS = sorted({route.body for route in ROUTES if route.body})
_COOKIE = re.compile(rf"(?:\A|;)\s*{COOKIE}\s*=([^;]*)")


def _request(headers: dict[str, list[str]], query: dict[str, list[str]]) -> Request:
    event: dict[str, Any] = {"httpMethod": "POST", "resource": "/api/v1/apikeys", "path": "/api/v1/apikeys",
                             "multiValueHeaders": headers, "multiValueQueryStringParameters": query}  # fmt: skip
    return request_of(event)


def bearer(data: bytes) -> None:
    """One value, from the first place that holds any; two are none."""
    headers, tokens, cookies = lines_of(text_of(data), "h", "q", "c")
    request = _request({"Authorization": headers, "Cookie": cookies}, {"token": tokens})

    presented = either(lambda: presented_credential(request), Unauthenticated)

    if presented is None:
        return
    place = headers or tokens or cookies
    assert presented.from_cookie is (place is cookies)
    assert place is cookies or len(place) == 1
    assert not headers or headers[0].strip()[:7].lower() == "bearer "
    assert any(presented.value in one for one in place)
    assert 0 < len(presented.value) <= LONGEST
    assert repr(presented) == "Presented(***)"


def cookie(data: bytes) -> None:
    """The only value of our cookie, wherever it stands; two are none, and an empty one does not count."""
    sent = text_of(data).split("\n")
    there = [value.strip().strip('"') for header in sent for value in _COOKIE.findall(header)]
    there = [value for value in there if value]

    presented = either(lambda: presented_credential(_request({"cookie": sent}, {})), Unauthenticated)

    wanted = there[0] if len(there) == 1 and len(there[0]) <= LONGEST else None
    assert wanted == (presented.value if presented else None)


def cursor(data: bytes) -> None:
    """Nothing is a cursor by chance, and a sealed one opens for its list only."""
    text = text_of(data)
    scope, _, position = text.partition("\n")
    position = position.encode("utf-8", "ignore").decode()

    opened = either(lambda: CURSORS.open(text, scope=scope), InvalidArgument)
    sealed = CURSORS.seal(position, scope=scope)

    assert opened is None or CURSORS.seal(opened, scope=scope) == text
    assert (sealed == "") == (position == "")
    if sealed and len(sealed) <= LONGEST_CURSOR:
        assert position == CURSORS.open(sealed, scope=scope)
        for foreign in {scope + "x", scope[:-1], scope + position[:1]} - {scope}:
            assert either(lambda: CURSORS.open(sealed, scope=foreign), InvalidArgument) is None  # noqa: B023
        head, nul, tail = position.partition("\x00")
        moved = urlsafe_b64encode(urlsafe_b64decode(sealed + "==")[:16] + tail.encode()).decode().rstrip("=")
        assert either(lambda: CURSORS.open(moved, scope=scope + nul + head), InvalidArgument) in (None, "")


def path(data: bytes) -> None:
    """What comes through is short printable ASCII without a separator of keys."""
    values = {f"p{number}": one for number, one in enumerate(text_of(data).split("\n"))}
    route = find_route("GET", "/api/v1/apikeys/{key_id}")
    assert route

    found = either(lambda: check_path(values, route), NotFound)

    good = all(re.fullmatch(r"[ -\"$-~]{1,128}", one) for one in values.values())
    assert (values if good else None) == found


def places(data: bytes) -> None:
    """What is looked up was sent and can be an id; two values never become one."""
    environments, ids, fields, orgs, reasons = lines_of(text_of(data), "e", "i", "q", "o", "r")
    headers = {"X-Ironflow-Environment": environments, "X-Ironflow-Environment-ID": ids, "X-Ironflow-Org": orgs,
               "X-Ironflow-Reason": reasons}  # fmt: skip
    request = _request({name: values for name, values in headers.items() if values}, {"env": fields})

    wanted = sought(request, enters=True)
    enters = either(lambda: wants_to_enter(request), InvalidArgument)
    reason = either(lambda: reason_of(request), InvalidArgument)

    assert wanted.environment in {"", *(one.strip() for one in (*environments, *ids, *fields))}
    assert wanted.target_org_id in {"", *(one.strip() for one in orgs)}
    for one in (wanted.environment, wanted.target_org_id):
        assert one.isascii()
        assert one == "" or one.isprintable()
    assert enters is (None if len(orgs) > 1 or (orgs and not orgs[0].strip()) else bool(orgs))
    assert reason is None or (len(reason) <= 500 and reason.isprintable())


def same_site(data: bytes) -> None:
    """A change by cookie passes only with a word of the same site: every word there, and none of another."""
    sites, origins, hosts, schemes = lines_of(text_of(data), "s", "o", "h", "x")
    headers = {"Sec-Fetch-Site": sites, "Origin": origins, "Host": hosts, "X-Forwarded-Proto": schemes}
    request = _request({name: values for name, values in headers.items() if values}, {})

    passes = accepts(lambda: check_same_site(request), PermissionDenied)

    if passes and sites:
        assert {site.strip().lower() for site in sites} <= {"same-origin", "same-site"}
    elif passes:
        assert origins
        assert len(hosts) == 1
        assert hosts[0].strip()
        assert {*origins} == {f"{schemes[-1] if schemes else 'https'}://{hosts[0]}"}


def body(data: bytes) -> None:
    """An object that Python's own reading agrees with, or a refusal of what is not plain; never another thing."""
    parsed = either(lambda: parse_object(data), InvalidArgument)

    assert parsed == _plain(data)
    if parsed:
        assert parsed == parse_object(json.dumps(parsed).encode())
        for kind in KINDS:
            built = either(lambda: bodies.build(kind, parsed), InvalidArgument)  # noqa: B023
            assert built is None or _clean(built)


def _plain(raw: bytes) -> dict[str, Any] | None:
    """Return the object by other means: whole first, and only then judged."""
    if len(raw) > MAX_BYTES:
        return None
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_pairs)
        return value if isinstance(value, dict) and _depth(value) <= MAX_DEPTH else None
    except (ValueError, RecursionError):
        return None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _depth(value: Any) -> int:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(_depth, inside), default=0)


def _clean(built: Any) -> bool:
    texts = [value for name in built.__struct_fields__ if isinstance(value := getattr(built, name), str)]
    return all(re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", one) is None for one in texts)


TARGETS = (
    Target(
        "bearer",
        bearer,
        (
            "hBearer ifkey_0123456789abcdef",
            "hbearer a.b.c",
            "hBasic YTpi",
            "qifkey_1",
            "hBearer ",
            f"hBearer a\nc{COOKIE}=a.b.c",
            f"qx\nqy\nc{COOKIE}=a.b.c",
            f"c{COOKIE}=a.b.c",
        ),
        ("Bearer ", COOKIE, "a.b.c", "\nh", "\nq", "\nc"),
    ),
    Target(
        "cookie",
        cookie,
        (
            f"{COOKIE}=a.b.c",
            f'x=y; {COOKIE}="a.b.c"; z',
            f"{COOKIE}=a; {COOKIE}=b",
            f"{COOKIE}=\n{COOKIE}=a.b.c",
            f"x{COOKIE}=a",
        ),
        (COOKIE, "; ", "=", '"'),
    ),
    Target(
        "cursor",
        cursor,
        ("list_keys\x1forg_a\nKEY#ak_1", "s\n", CURSORS.seal("KEY#ak_1", scope="s"), "\nx"),
        ("\x1f", "\n", "="),
    ),
    Target("path", path, ("ak_1", "ak_01a203e9-f5ad-72b4-816c-22240be91019\nrole_viewer", "a#b", "", "x" * 129)),
    Target(
        "places",
        places,
        (
            "eenv_default",
            "iproduction\necurrent",
            "qenv_a\nqenv_b",
            "oorg_a\nrbecause",
            "oorg_a\noorg_b",
            "o ",
            "r\x00",
        ),
        ("current", "\ne", "\no", "\nq", "\nr", "\ni"),
    ),
    Target(
        "same_site",
        same_site,
        (
            "ssame-origin",
            "scross-site",
            "ohttps://a.example\nha.example",
            "ohttp://a\nha\nxhttp",
            "ssame-site\nsnone",
            "onull\nha",
        ),
        ("same-origin", "same-site", "https://", "\nh", "\no", "\nx"),
    ),
    Target(
        "body",
        body,
        (
            '{"name":"n","role_ids":["role_viewer"],"expires_in":"1h"}',
            '{"a":[{"b":1e9}],"c":null}',
            "",
            '{"a":1,"a":2}',
            '{"a":NaN}',
            '{"a":1e999}',
            "[]",
            b"\xef\xbb\xbf{}",
            '{"name":"\\ud83d\\ude00"}',
            '{"email":"a@b.example","password":"correct horse","name":"\\u0000"}',
            '{"a":' * 33 + "1" + "}" * 33,
            b'{"a":"\xff"}',
            '{"platform":true,"tool_scopes":[]}',
        ),
        ('"name"', '"effect"', '"actions"', '"\\u', "true", "null", "[[", "]]", "{", "}", "Infinity", "-0", "e+"),
    ),
)
