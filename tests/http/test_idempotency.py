"""Every POST of the route table, sent again under its `Idempotency-Key` (contract, section 1)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controlplane.api.routes import ROUTES, Access
from tests.hostile.figures import keep
from tests.http.client import PLATFORM, V1, Client, Ledger, Reply
from tests.http.world import World, unique
from tests.running_server import RunningServer

EVERY_POST = {route.operation for route in ROUTES if route.method == "POST" and route.access is not Access.PUBLIC}
WITHOUT_A_SECOND_TIME = {
    "logout_platform_user": "ends the session that it is sent with",
    "create_org": "is refused to everybody",
    "bootstrap_platform": "happens once in a server's life; tried below on a server of its own",
}
TEXT = {"effect": "allow", "actions": "users:read", "resources": "*", "condition": ""}
PASSWORD = "Correct-Horse-2026"
AT_ONCE = 4
WAIT = (409, "aborted", "a request with this Idempotency-Key is in progress")


@dataclass(frozen=True)
class Post:
    """Who sends what where."""

    by: Client
    path: str
    body: Any = None

    def send(self, key: str, **also: Any) -> Reply:
        """Send it under a key; `also` are further fields of the body."""
        body = {**(self.body or {}), **also} if also else self.body
        return self.by.request("POST", self.path, body, headers=[("Idempotency-Key", key)])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of this module, whose database may be looked through."""
    with RunningServer("--no-reload", data_dir=tmp_path_factory.mktemp("idempotency")) as running:
        yield running


@pytest.fixture(scope="module")
def own(server: RunningServer) -> Iterator[World]:
    """The callers of that server; at the end nothing has failed."""
    ledger = Ledger()
    yield World(server, ledger)
    assert [] == ledger.failures


def _policy(by: Client, base: str = V1) -> str:
    return str(by.post(f"{base}/policies", {**TEXT, "name": unique("policy")}).ok()["id"])


def _in_tenant(path: str, **body: Any) -> Callable[[World], Post]:
    return lambda own: Post(own.a.admin, f"{V1}/{path}", body)


def _on_platform(path: str, **body: Any) -> Callable[[World], Post]:
    return lambda own: Post(own.platform["admin"], f"{PLATFORM}/{path}", body)


def _person(**names: Any) -> dict[str, Any]:
    return {"email": f"{uuid.uuid4().hex}@example.com", "password": PASSWORD, **names}


def _rotate(own: World) -> Post:
    return Post(own.a.admin, f"{V1}/apikeys/{own.key(own.a.admin)['id']}/rotate")


def _attach(own: World) -> Post:
    role = own.a.admin.post(f"{V1}/roles", {"name": unique("role")}).ok()["id"]
    return Post(own.a.admin, f"{V1}/roles/{role}/policies", {"policy_id": _policy(own.a.admin)})


def _register(own: World) -> Post:
    environment = own.a.admin.get(f"{V1}/environments").ok()[0]["id"]
    by = own.a.admin.having(**{"X-Ironflow-Environment": environment})
    return Post(by, f"{V1}/functions", {"name": unique("function")})


def _explain(own: World) -> Post:
    return Post(own.a.admin, f"{V1}/policies/explain",
                {"principal": {"key_id": own.key(own.a.admin)["id"]}, "action": "users:read"})


def _explain_on_platform(own: World) -> Post:
    key = own.key(own.operator, platform=True, role_ids=["role_platform_viewer"])["id"]
    return Post(own.platform["admin"], f"{PLATFORM}/policies/explain",
                {"principal": {"key_id": key}, "action": "platform:users:read"})


POSTS: dict[str, Callable[[World], Post]] = {
    "create_key": _in_tenant("apikeys", name="ci", role_ids=["role_viewer"]),
    "rotate_key": _rotate,
    "create_platform_user": lambda own: Post(own.platform["admin"], f"{PLATFORM}/users", _person(name="Second")),
    "create_platform_role": _on_platform("roles", name="support"),
    "create_platform_policy": _on_platform("policies", name="p", effect="allow", actions="platform:users:read",
                                           resources="*"),
    "explain_platform_decision": _explain_on_platform,
    "create_tenant": _on_platform("tenants", name="Acme"),
    "create_platform_org": _on_platform("orgs", name="Bare"),
    "provision_tenant": lambda own: Post(own.operator, f"{V1}/tenants/provision", {"org_name": "Globex"}),
    "create_project": _in_tenant("projects", name="billing"),
    "create_environment": _in_tenant("environments", name="staging"),
    "create_environment_alias": _in_tenant("envs", name="testing"),
    "register_function": _register,
    "create_user": lambda own: Post(own.a.admin, f"{V1}/users", _person()),
    "create_role": _in_tenant("roles", name="reader"),
    "attach_policy": _attach,
    "create_policy": _in_tenant("policies", name="p", **TEXT),
    "dry_run_policy": _in_tenant("policies/dry-run", condition="true"),
    "explain_decision": _explain,
    "rollback_policy": lambda own: Post(own.a.admin, f"{V1}/policies/{_policy(own.a.admin)}/rollback/1"),
}


def _without_secrets(body: Any) -> Any:
    """A reply as it may be repeated: what was shown once is left out."""
    if not isinstance(body, dict):
        return body
    return {name: _without_secrets(value) for name, value in body.items() if name != "key"}


def test_every_post_is_tried() -> None:
    """A POST that is added later comes with its repetition, or with the reason why it has none."""
    assert EVERY_POST == set(POSTS) | set(WITHOUT_A_SECOND_TIME)


@pytest.mark.parametrize("operation", POSTS)
def test_a_repetition_is_answered_as_the_first_time(own: World, operation: str) -> None:
    """Same key and body, same result; what it made is there once, and its secret is shown once."""
    post, key = POSTS[operation](own), unique("key")

    first, second = post.send(key), post.send(key)

    body = first.ok()
    repeated = second.ok()
    omitted = repeated.pop("key_omitted", None) if repeated else None
    assert (first.status, _without_secrets(body)) == (second.status, repeated)
    assert (body != _without_secrets(body)) == (omitted is not None)
    assert (None, "true") == (first.headers.get("idempotency-replayed"), second.headers.get("idempotency-replayed"))


@pytest.mark.parametrize("operation", POSTS)
def test_at_once_it_happens_once(own: World, operation: str) -> None:
    """Of repetitions that meet each other one is carried out; the others are its repetition, or are told to wait."""
    post, key = _fresh(POSTS[operation](own)), unique("key")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = [one.result() for one in [pool.submit(post.send, key) for _ in range(AT_ONCE)]]
    after = post.send(key)

    done = [reply for reply in replies if reply.status != WAIT[0]]
    first = [reply for reply in done if "idempotency-replayed" not in reply.headers]
    repeated = [_told_again(reply) for reply in done if reply not in first]
    others = [one for one in repeated if one != _told_again(after)]
    keep(f"idempotency-{operation}", posts_under_the_same_key_at_once=len(replies), carried_out=len(first),
         repetitions_that_differed=len(others))  # fmt: skip
    assert {WAIT} >= {reply.error for reply in replies if reply not in done}
    assert (1, []) == (len(first), others)
    assert (first[0].status, _without_secrets(first[0].ok())) == _told_again(after)


def _told_again(reply: Reply) -> tuple[int, Any]:
    body = reply.ok()
    return reply.status, {name: value for name, value in body.items() if name != "key_omitted"} if body else body


def test_the_bootstrap_is_answered_as_the_first_time(tmp_path: Path) -> None:
    """An operator whose connection broke learns the first user's id, and does not find the platform taken."""
    with RunningServer("--no-reload", data_dir=tmp_path) as server:
        post = Post(Client(server.port, server.bootstrap_key), f"{PLATFORM}/bootstrap", _person(name="First"))
        first, second, other = post.send("k"), post.send("k"), post.send("another")

    assert (201, first.body) == (first.status, second.body)
    assert (409, "already_exists", "platform already bootstrapped") == other.error


@pytest.mark.parametrize("operation", POSTS)
def test_409_when_the_key_was_used_with_another_body(own: World, operation: str) -> None:
    """A key that means two requests is a client's mistake, and is told before anything happens."""
    post, key = _fresh(POSTS[operation](own)), unique("key")
    post.send(key).ok()

    reply = post.send(key, also="this")

    assert (409, "already_exists", "this Idempotency-Key was used with another request") == reply.error


def _fresh(post: Post) -> Post:
    """The same request for something of another name."""
    names = {name: f"{value}-{uuid.uuid4().hex[:8]}" for name, value in (post.body or {}).items()
             if name in {"name", "org_name"}}
    return Post(post.by, post.path, {**post.body, **names} if names else post.body)


def test_the_same_key_on_another_path_is_another_request(own: World) -> None:
    """Two operations never answer for each other."""
    key, body = unique("key"), {"name": unique("thing")}
    own.a.admin.request("POST", f"{V1}/projects", body, headers=[("Idempotency-Key", key)]).ok()

    reply = own.a.admin.request("POST", f"{V1}/roles", body, headers=[("Idempotency-Key", key)])

    assert (409, "already_exists") == (reply.status, reply.code)


def test_the_same_key_inside_another_organization_is_another_request(own: World) -> None:
    """Whoever enters organizations cannot be answered with another one's objects."""
    key, body = unique("key"), {"name": unique("thing")}
    own.a.owner.request("POST", f"{V1}/projects", body, headers=[("Idempotency-Key", key)]).ok()

    reply = own.b.owner.request("POST", f"{V1}/projects", body, headers=[("Idempotency-Key", key)])

    assert (409, "already_exists") == (reply.status, reply.code)


def test_principals_do_not_share_keys(own: World) -> None:
    """The same key of somebody else is unused."""
    key, body = unique("key"), {"name": unique("thing")}

    replies = [
        tenant.admin.request("POST", f"{V1}/projects", body, headers=[("Idempotency-Key", key)])
        for tenant in (own.a, own.b)
    ]

    assert [201, 201] == [reply.status for reply in replies]


def test_a_refusal_is_not_kept(own: World) -> None:
    """What failed may be tried again under its key, and succeeds when the reason is gone."""
    name, key = unique("project"), unique("key")
    other = own.a.admin.post(f"{V1}/projects", {"name": name}).ok()
    post = Post(own.a.admin, f"{V1}/projects", {"name": name})
    refused = post.send(key)
    own.a.admin.delete(f"{V1}/projects/{other['id']}").ok()

    carried_out = post.send(key)

    assert (409, 201) == (refused.status, carried_out.status)


@pytest.mark.parametrize("keys", [["a", "b"], ["same", "same"], ["x" * 256], [""], ["caf\u00e9"]])
def test_400_for_a_key_that_protects_nothing(own: World, keys: list[str]) -> None:
    """Two keys, an empty or an endless one are mistakes; doing the request all the same would hide them."""
    headers = [("Idempotency-Key", key) for key in keys]

    reply = own.a.admin.request("POST", f"{V1}/projects", {"name": unique("project")}, headers=headers)

    assert (400, "invalid_argument") == (reply.status, reply.code)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_other_methods_ignore_the_header(own: World, method: str) -> None:
    """What is repeatable anyway is answered by the state of now."""
    project, headers = own.a.admin.post(f"{V1}/projects", {"name": unique("p")}).ok(), [("Idempotency-Key", "k")]
    path = f"{V1}/projects" if method == "GET" else f"{V1}/projects/{project['id']}"

    statuses = [own.a.admin.request(method, path, headers=headers).status for _ in range(2)]

    assert ([200, 200] if method == "GET" else [200, 404]) == statuses


def test_no_secret_is_kept_with_a_reply(own: World, server: RunningServer) -> None:
    """Neither a key that was shown nor a password that was sent stands in the database, in any form that reads."""
    issued = Post(own.a.admin, f"{V1}/apikeys", {"name": "kept"}).send(unique("key")).ok()["key"]
    tenant = Post(own.operator, f"{V1}/tenants/provision", {"org_name": unique("org")}).send(unique("key")).ok()
    password = f"Pass-{uuid.uuid4().hex}"
    Post(own.a.admin, f"{V1}/users", {**_person(), "password": password}).send(unique("key")).ok()

    stored = b"".join(path.read_bytes() for path in _database(server.data_dir))

    assert b"kept" in stored
    assert [] == [secret for secret in (issued, tenant["api_key"]["key"], password) if secret.encode() in stored]


def _database(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("ironflow.db*") if path.is_file()]
