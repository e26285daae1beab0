"""`sam local start-api` with the authorizer, and where SAM's gateway is known not to be AWS's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.events.stage import Stage
from tests.sam_local.sam import SamLocal, call

pytestmark = pytest.mark.xdist_group("one gateway for all of them")
SAMS_DENY = {"message": "User is not authorized to access this resource"}


@pytest.fixture(scope="module")
def port(stage: Stage, sam: SamLocal) -> Iterator[int]:
    """The API on a port of this private network, over the scene as it was."""
    stage.put_back()
    with sam.serve() as port:
        yield port


@pytest.fixture
def project(stage: Stage) -> str:
    """The path of the tenant's project."""
    return f"/api/v1/projects/{stage.scene.ids['project']}"


def test_an_authorised_put_lands_in_the_table(stage: Stage, port: int, project: str) -> None:
    """The authorizer lets an admin key through, and what the function wrote is what the next request reads."""
    key = stage.scene.credentials["tenant"]

    changed, _, body = call(port, "PUT", project, key=key, body={"name": "written in a container"})
    read, _, projects = call(port, "GET", "/api/v1/projects", key=key)

    assert (200, "written in a container") == (changed, body["name"])
    assert (200, True) == (read, body["name"] in [each["name"] for each in projects])


def test_403_when_the_key_may_not_write(stage: Stage, port: int, project: str) -> None:
    """A known caller without the action is refused by the function, in the product's own words."""
    status, _, body = call(port, "PUT", project, key=stage.scene.credentials["viewer"], body={"name": "no"})

    assert (403, "permission_denied", "projects:manage") == (status, body["code"], body["required"])


def test_401_when_a_credential_is_asked_for(port: int) -> None:
    """An operation that looks at credentials itself words its own 401."""
    status, _, body = call(port, "GET", "/api/v1/auth/validate")

    assert (401, "unauthenticated") == (status, body["code"])


def test_nothing_is_served_unasked(port: int) -> None:
    """SAM merges routes of one path; none of them lost its authorizer on the way."""
    paths = ("projects", "apikeys", "users", "platform/tenants")

    answers = [call(port, "GET", f"/api/v1/{path}") for path in paths]

    assert [(403, SAMS_DENY)] * len(paths) == [(status, body) for status, _, body in answers]


def test_difference_a_deny_is_sams_403_where_aws_gives_our_401(port: int, project: str) -> None:
    """Nobody gets through; but SAM applies no gateway response, so the status and the body are its own."""
    status, _, body = call(port, "PUT", project, body={"name": "no"})

    assert (403, SAMS_DENY) == (status, body)


def test_difference_every_request_asks_the_authorizer(stage: Stage, port: int) -> None:
    """SAM keeps no result; neither do we (ReauthorizeEvery: 0), so a revoked key is dead on the next request."""
    owner, viewer = stage.scene.credentials["tenant"], stage.scene.credentials["viewer"]

    before, _, _ = call(port, "GET", "/api/v1/projects", key=viewer)
    revoked, _, _ = call(port, "DELETE", f"/api/v1/apikeys/{stage.scene.ids['viewer_key']}", key=owner)
    after, _, _ = call(port, "GET", "/api/v1/projects", key=viewer)

    assert (200, 204, 403) == (before, revoked, after)


def test_difference_request_ids_do_not_differ(port: int) -> None:
    """SAM's request id is a constant, so a support request cannot name one; the product only passes it on."""
    ids = {call(port, "GET", "/api/v1/auth/validate")[2]["request_id"] for _ in range(2)}

    assert 1 == len(ids)
