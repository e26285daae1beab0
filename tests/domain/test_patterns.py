"""What the texts of a policy name (contract, section 6)."""

from __future__ import annotations

import pytest

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.patterns import (
    action_matches,
    check_actions,
    glob_matches,
    known_actions,
    resource_matches,
    resources_valid,
    split_list,
    unknown_actions,
)
from tests.spec.permissions import PLATFORM_ACTIONS, TENANT_ACTIONS

RESOURCE = "irn:ironflow:org_a:proj_a:apikey:env_default:ak_1"


@pytest.mark.parametrize(("text", "parts"), [
    ("", ()),
    (" , ,", ()),
    ("apikeys:read", ("apikeys:read",)),
    (" apikeys:read ,users:read,, ", ("apikeys:read", "users:read")),
])
def test_a_list_is_split_at_commas(text: str, parts: tuple[str, ...]) -> None:
    """Spaces around the parts and empty parts mean nothing."""
    assert parts == split_list(text)


@pytest.mark.parametrize(("pattern", "action", "named"), [
    ("apikeys:read", "apikeys:read", True),
    ("apikeys:read", "apikeys:manage", False),
    ("apikeys:read", "APIKEYS:READ", False),
    ("apikeys", "apikeys:read", False),
    ("*", "apikeys:read", True),
    ("*", "agent:tools:read", True),
    ("apikeys:*", "apikeys:read", True),
    ("apikeys:*", "users:read", False),
    ("apikeys:*", "apikeys", False),
    ("agent:*", "agent:tools:read", True),
    ("agent:tools:*", "agent:tools:read", True),
    ("agent:tools:read:*", "agent:tools:read", False),
    ("*:read", "apikeys:read", True),
    ("*:read", "agent:tools:read", False),
    ("agent:*:read", "agent:tools:read", True),
    ("*:*:read", "agent:tools:read", True),
    ("*:*:read", "apikeys:read", False),
    ("*:tools:*", "agent:tools:invoke", True),
    ("*:*", "agent:tools:read", True),
    ("api*:read", "apikeys:read", False),
    ("apikeys:r*", "apikeys:read", False),
    ("apikeys:?ead", "apikeys:read", False),
    ("", "apikeys:read", False),
])
def test_a_tenant_pattern_names_what_it_says(pattern: str, action: str, named: bool) -> None:
    """A segment `*` is one or more segments at the end and exactly one elsewhere; nothing else is special."""
    assert named is action_matches(pattern, action, platform=False)


@pytest.mark.parametrize(("pattern", "action", "named"), [
    ("*", "platform:users:read", True),
    ("*", "platform:impersonate", True),
    ("platform:*", "platform:impersonate:read", True),
    ("platform:*", "platform:impersonate", True),
    ("platform:*:read", "platform:keys:read", True),
    ("platform:*:read", "platform:impersonate:read", True),
    ("platform:*:read", "platform:impersonate", False),
    ("platform:*:read", "platform:keys:manage", False),
    ("platform:impersonate", "platform:impersonate:read", False),
    ("platform:impersonate:read", "platform:impersonate", False),
    ("platform:impersonate:*", "platform:impersonate", False),
    ("*:users:*", "platform:users:manage", True),
])
def test_a_platform_pattern_names_what_it_says(pattern: str, action: str, named: bool) -> None:
    """No platform action implies another one, and `platform:*` is all of them."""
    assert named is action_matches(pattern, action, platform=True)


@pytest.mark.parametrize("pattern", ["*", "*:*", "*:*:*", "platform:*", "*:users:read", "platform:users:read"])
def test_no_pattern_reaches_across_the_kinds(pattern: str) -> None:
    """A tenant policy never names a platform action, nor a platform policy a tenant's, however it is written."""
    assert not any(action_matches(pattern, action, platform=False) for action in PLATFORM_ACTIONS)
    assert not any(action_matches(pattern, action, platform=True) for action in TENANT_ACTIONS)


@pytest.mark.parametrize(("actions", "platform", "unknown"), [
    ("apikeys:read, users:*", False, ()),
    ("*", False, ()),
    ("*", True, ()),
    ("platform:*:read", True, ()),
    ("billing:read", False, ()),
    ("billing:*", False, ()),
    ("apikeys:read, apikeys:write", False, ("apikeys:write",)),
    ("api*:read", False, ("api*:read",)),
    ("platform:users:read", False, ("platform:users:read",)),
    ("platform:*", False, ("platform:*",)),
    ("platform:sneaked:in", False, ("platform:sneaked:in",)),
    ("platform:sneaked:in", True, ("platform:sneaked:in",)),
    ("apikeys:read", True, ("apikeys:read",)),
    ("billing:read", True, ("billing:read",)),
    ("", False, ("",)),
    (" , ", True, ("",)),
])
def test_unknown_actions_are_found(actions: str, platform: bool, unknown: tuple[str, ...]) -> None:
    """An action is known when it stands in its own kind's table, or is declared, which makes it a tenant's."""
    extra = ("billing:read", "platform:sneaked:in")

    assert unknown == unknown_actions(actions, platform=platform, extra_actions=extra)


def test_known_actions_are_the_tables_and_the_declared_ones() -> None:
    """Nothing but the contract's tables and the declared tenant actions can stand in a policy."""
    extra = ("billing:read", "apikeys:read", "platform:sneaked:in")

    assert {*TENANT_ACTIONS, "billing:read"} == set(known_actions(platform=False, extra_actions=extra))
    assert set(PLATFORM_ACTIONS) == set(known_actions(platform=True, extra_actions=extra))


@pytest.mark.parametrize(("actions", "sentence"), [
    ("apikeys:read, apikeys:write", "unknown action: apikeys:write"),
    ("", "actions must not be empty"),
])
def test_a_policy_with_unknown_actions_is_refused(actions: str, sentence: str) -> None:
    """The refusal of a policy's actions names the first one that is wrong."""
    with pytest.raises(InvalidArgument) as refusal:
        check_actions(actions, platform=False)

    assert sentence == refusal.value.sentence


@pytest.mark.parametrize(("pattern", "named"), [
    ("*", True),
    (RESOURCE, True),
    ("*:*:*:*:*:*:*", True),
    ("irn:ironflow:*:*:*:*:*", True),
    ("irn:ironflow:org_a:*:apikey:*:ak_*", True),
    ("irn:ironflow:org_a:*:apikey:*:ak_?", True),
    ("irn:ironflow:org_b:*:apikey:*:ak_1", False),
    ("irn:ironflow:org_a:*:user:*:ak_1", False),
    ("irn:ironflow:org_*:*:*:*:*", False),
    ("irn:ironflow:org_?:*:*:*:*", False),
    ("irn:ironflow:org_a:*:apikey:*:ak_??", False),
    ("irn:ironflow:org_a::apikey:*:ak_1", False),
    ("irn:ironflow:ORG_A:*:*:*:*", False),
    ("irn:ironflow:*:*:*:*", False),
    ("irn:ironflow:*:*:*:*:*:*", False),
    ("irn:*", False),
    ("**", False),
    ("", False),
])
def test_a_resource_pattern_names_what_it_says(pattern: str, named: bool) -> None:
    """Seven segments, each `*` or literal, the id a glob; a partial `*` elsewhere is a plain character."""
    assert named is resource_matches(pattern, RESOURCE)


@pytest.mark.parametrize(("one", "other", "same"), [
    ("function", "functions", True), ("policy", "policies", True), ("apikey", "apikeys", True),
    ("entity", "entities", True),
    ("function", "functionss", False), ("user", "role", False), ("", "s", False), ("polic", "policies", False),
    ("user", "useies", False), ("user", "XXies", False), ("policy", "policys", True), ("polic", "policy", False),
    ("y", "ies", False), ("ies", "", False), ("Function", "functions", False), ("function*", "functions", False),
])
def test_a_type_is_named_by_its_singular_and_its_plural(one: str, other: str, same: bool) -> None:
    """Policies written with `function` and with `functions` decide alike, and no other segment bends so."""
    place = "irn:ironflow:org_a:proj_a:{}:env_a:x"

    assert same is resource_matches(place.format(one), place.format(other))
    assert same is resource_matches(place.format(other), place.format(one))
    assert not resource_matches("irn:ironflow:org_a:proj_a:t:env:*", "irn:ironflow:org_a:proj_a:t:envs:x")


@pytest.mark.parametrize(("pattern", "text", "matches"), [
    ("a*a", "a", False),
    ("a*a", "aa", True),
    ("a*a", "aba", True),
    ("ab*ba", "aba", False),
    ("*a*a*", "a", False),
    ("a*b*b", "ab", False),
    ("?b", "xab", False),
    ("a?", "xb", False),
    ("a?", "xab", False),
    ("ab?", "bbx", False),
    ("a*b*b", "abb", True),
    ("*ab*ab*", "abab", True),
    ("*ab*ab*", "aba", False),
    ("a*b*c", "abc", True),
    ("a*b*c", "acb", False),
    ("a*?", "a", False),
    ("a*?", "ab", True),
    ("?*?", "a", False),
    ("a?c", "abbc", False),
    ("*?b", "aab", True),
    ("", "", True),
    ("", "a", False),
    ("*", "", True),
    ("**", "a", True),
])
def test_a_glob_matches_whole_texts(pattern: str, text: str, matches: bool) -> None:
    """The parts around a `*` never share a character, and nothing of the text is left over."""
    assert matches is glob_matches(pattern, text)


@pytest.mark.parametrize(("pattern", "id_", "named"), [
    ("irn:ironflow:org_a:*:*:*:*", "a:b:c", True),
    ("irn:ironflow:org_a:*:*:*:a?b*", "a:b:c", True),
    ("irn:ironflow:org_a:*:*:*:a:b:c", "a:b:c", False),
    ("irn:ironflow:org_a:*:*:*:*", "", True),
    ("irn:ironflow:org_a:*:*:*:?", "", False),
    ("irn:ironflow:org_a:*:*:*:[a]", "a", False),
    ("irn:ironflow:org_a:*:*:*:.", "a", False),
])
def test_the_id_of_a_request_may_be_anything(pattern: str, id_: str, named: bool) -> None:
    """An id with colons stays one segment, so it can neither escape a pattern nor slip into another's place."""
    assert named is resource_matches(pattern, f"irn:ironflow:org_a:proj:thing:env:{id_}")


@pytest.mark.parametrize("resource", ["", "irn", "irn:ironflow:org_a:proj:thing:env"])
def test_a_resource_with_too_few_segments_is_named_by_the_star_alone(resource: str) -> None:
    """A resource that is not one is never taken for a more specific one."""
    assert resource_matches("*", resource)
    assert not resource_matches("irn:ironflow:*:*:*:*:*", resource)
    assert not resource_matches(resource, resource)


@pytest.mark.parametrize(("text", "valid"), [
    ("*", True),
    (RESOURCE, True),
    (f"{RESOURCE}, *", True),
    ("*:*:*:*:*:*:*", True),
    ("", False),
    (" , ", False),
    ("irn:ironflow:*", False),
    (f"{RESOURCE}:more", False),
    (f"{RESOURCE}, irn:ironflow:org_a", False),
])
def test_resources_valid_tells_what_can_match(text: str, valid: bool) -> None:
    """A policy whose resources can never match is reported as such, not refused."""
    assert valid is resources_valid(text)


@pytest.mark.parametrize("pattern", ["a?" * 2000 + "b", "*" + "a?" * 1000 + "b*", "*a" * 1500 + "b", "*" * 4000 + "b"])
def test_a_hostile_glob_is_matched_at_once(pattern: str) -> None:
    """No text of a policy can make a decision slow: this would take ages with backtracking."""
    assert not glob_matches(pattern, "a" * 8000)
