"""What a client reads about a field that is wrong (contract, section 1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.world import World, some_id

KEYS, POLICIES, USERS = "/api/v1/apikeys", "/api/v1/policies/explain", "/api/v1/users"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (KEYS, {}, "name is required"),
    (KEYS, {"name": None}, "name must be a string, not null"),
    (KEYS, {"name": 5}, "name must be a string, not an integer"),
    (KEYS, {"name": 5.5}, "name must be a string, not a number"),
    (KEYS, {"name": True}, "name must be a string, not a boolean"),
    (KEYS, {"name": ["n"]}, "name must be a string, not an array"),
    (KEYS, {"name": {"n": "n"}}, "name must be a string, not an object"),
    (KEYS, {"name": ""}, "name must not be empty"),
    (KEYS, {"name": "n" * 201}, "name must have at most 200 characters"),
    (KEYS, {"name": "n", "expires_in": 3600}, "expires_in must be a string, not an integer"),
    (KEYS, {"name": "n", "platform": "true"}, "platform must be a boolean, not a string"),
    (KEYS, {"name": "n", "role_ids": "role_admin"}, "role_ids must be an array, not a string"),
    (KEYS, {"name": "n", "role_ids": ["role_admin", 1]}, "role_ids[1] must be a string, not an integer"),
    (KEYS, {"name": "n", "tool_scopes": ["t"] * 101}, "tool_scopes must have at most 100 items"),
    (POLICIES, {"principal": "ak_1", "action": "a"}, "principal must be an object, not a string"),
    (POLICIES, {"principal": {"key_id": 1}, "action": "a"}, "principal.key_id must be a string, not an integer"),
    (USERS, {"email": "e@example.com"}, "password is required"),
]


@pytest.mark.parametrize(("path", "body", "sentence"), WRONG, ids=[sentence for *_, sentence in WRONG])
def test_the_sentence_says_which_field_is_wrong_and_what_it_may_be(
    world: World, path: str, body: dict[str, Any], sentence: str
) -> None:
    """Names the field by its place in the body, and types as JSON does: a client's author needs to know no Python."""
    reply = world.a.admin.post(path, body)

    assert (400, "invalid_argument", sentence) == reply.error


def test_a_missing_field_of_a_replacement_is_named_too(world: World) -> None:
    """A PUT is told in the same words."""
    reply = world.a.admin.put(f"{KEYS}/{some_id('ak_')}/roles", {})

    assert (400, "invalid_argument", "role_ids is required") == reply.error
