"""Hypothesis strategies for grants, requests and what conditions come to: small pools, so that things meet."""

from __future__ import annotations

from hypothesis import strategies as st

from controlplane.domain.grants import Grant

ACTIONS = ("apikeys:read", "apikeys:manage", "users:read", "agent:tools:read", "agent:tools:invoke")
PLATFORM_ACTIONS = ("platform:users:read", "platform:impersonate", "platform:impersonate:read")
TENANT_PATTERNS = (*ACTIONS, "*", "apikeys:*", "*:read", "agent:*", "agent:*:read", "*:*", "agent:tools:*")
PLATFORM_PATTERNS = (*PLATFORM_ACTIONS, "*", "platform:*", "platform:*:read", "*:impersonate")
PLACES = ("irn:ironflow:org_a:proj:apikey:env", "irn:ironflow:org_a:proj:user:env")
RESOURCES = tuple(f"{place}:{id_}" for place in PLACES for id_ in ("ak_1", "ak_2", "x:y", ""))
RESOURCE_PATTERNS = (
    "*", "irn:ironflow:org_a:*:apikey:*:*", "irn:ironflow:*:*:*:*:ak_*", "irn:ironflow:org_b:*:*:*:*",
    "irn:ironflow:org_a:proj:user:env:ak_?", "irn:ironflow:org_a", f"{PLACES[0]}:ak_1",
)
CONDITIONS = ("", "first", "second", "third")

tenant_actions = st.sampled_from(ACTIONS)
resources = st.sampled_from(RESOURCES)
verdicts = st.fixed_dictionaries(
    {condition: st.sampled_from((True, False, None)) for condition in CONDITIONS if condition},
)


def few(pool: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Up to three of the pool, repeats included."""
    return st.lists(st.sampled_from(pool), min_size=1, max_size=3).map(tuple)


def grants(*, effects: tuple[str, ...] = ("allow", "deny"), platform: bool = False) -> st.SearchStrategy[Grant]:
    """One statement of one kind."""
    return st.builds(
        Grant,
        effect=st.sampled_from(effects),
        actions=few(PLATFORM_PATTERNS if platform else TENANT_PATTERNS),
        resources=few(RESOURCE_PATTERNS),
        condition=st.sampled_from(CONDITIONS),
        platform=st.just(platform),
    )


def grant_lists(*, size: int = 5) -> st.SearchStrategy[tuple[Grant, ...]]:
    """Up to `size` statements of the tenants' kind."""
    return st.lists(grants(), max_size=size).map(tuple)
