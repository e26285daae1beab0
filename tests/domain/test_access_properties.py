"""What holds for every decision, whatever the policies and the request (contract, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.access import conclude, consider, decide
from controlplane.domain.grants import FULL_ACCESS, Grant
from controlplane.domain.patterns import action_matches, resource_matches
from tests.spec import statements

Grants = list[Grant]
Request = dict[str, str]
Verdicts = dict[str, bool | None]
requests = st.fixed_dictionaries({"action": statements.tenant_actions, "resource": statements.resources})
often = settings(max_examples=300, deadline=None)


def allowed(grants: Sequence[Grant], request: Request, verdicts: Verdicts) -> bool:
    """Tell whether the decision is to allow."""
    return decide(grants, **request, holds=verdicts.__getitem__).allowed


@often
@given(st.lists(statements.grants(effects=("deny",))), requests, statements.verdicts)
def test_without_an_allow_nothing_is_allowed(grants: Grants, request: Request, verdicts: Verdicts) -> None:
    """The default is to deny: no number of denies adds up to a permission."""
    assert not allowed(grants, request, verdicts)


@often
@given(statements.grant_lists(), statements.grants(effects=("deny",)), requests, statements.verdicts)
def test_a_deny_that_matches_always_wins(grants: Grants, deny: Grant, request: Request, verdicts: Verdicts) -> None:
    """No other policy outweighs a matching deny whose condition holds or fails."""
    matches = deny.names_action(request["action"]) and deny.names_resource(request["resource"])
    holds = deny.condition == "" or verdicts[deny.condition] is not False

    outcome = allowed((*grants, *FULL_ACCESS, deny), request, verdicts)

    assert not (matches and holds and outcome)


@often
@given(statements.grant_lists(), st.randoms(), requests, statements.verdicts)
def test_order_and_repeats_never_matter(grants: Grants, random: Random, request: Request, verdicts: Verdicts) -> None:
    """The grants are a set: the order of roles and policies, or holding one twice, changes no decision."""
    shuffled = [*grants, *(grant for grant in grants if random.random() < 0.5)]
    random.shuffle(shuffled)

    assert allowed(grants, request, verdicts) is allowed(shuffled, request, verdicts)


@often
@given(statements.grant_lists(), statements.grants(effects=("allow",)), requests, statements.verdicts)
def test_another_allow_never_takes_away(grants: Grants, allow: Grant, request: Request, verdicts: Verdicts) -> None:
    """Giving somebody one more permission, before or after the others, cannot cost them another."""
    assert allowed(grants, request, verdicts) <= allowed((*grants, allow), request, verdicts)
    assert allowed(grants, request, verdicts) <= allowed((allow, *grants), request, verdicts)


@often
@given(statements.grant_lists(), statements.grants(effects=("deny",)), requests, statements.verdicts)
def test_another_deny_never_gives(grants: Grants, deny: Grant, request: Request, verdicts: Verdicts) -> None:
    """One more deny cannot open anything."""
    assert allowed((*grants, deny), request, verdicts) <= allowed(grants, request, verdicts)


@often
@given(statements.grant_lists(), requests, statements.verdicts, st.sampled_from(("first", "second", "third")))
def test_a_failing_condition_never_helps(
    grants: Grants, request: Request, verdicts: Verdicts, condition: str,
) -> None:
    """A condition that fails to evaluate allows nothing that either true or false would not have allowed."""
    failing = allowed(grants, request, verdicts | {condition: None})

    assert failing <= allowed(grants, request, verdicts | {condition: True})
    assert failing <= allowed(grants, request, verdicts | {condition: False})


@often
@given(statements.grant_lists(), requests, statements.verdicts)
def test_an_explanation_agrees_with_the_decision(grants: Grants, request: Request, verdicts: Verdicts) -> None:
    """Explaining a request and deciding it come to the same answer for the same reason."""
    considered = consider(grants, **request, holds=verdicts.__getitem__)

    assert decide(grants, **request, holds=verdicts.__getitem__) == conclude(considered)


@often
@given(statements.grants(), statements.grants(platform=True), requests)
def test_a_grant_names_what_its_patterns_name(tenants: Grant, platforms: Grant, request: Request) -> None:
    """Preparing a statement for speed changes nothing of what it means."""
    for grant in (tenants, platforms):
        for action in (*statements.ACTIONS, *statements.PLATFORM_ACTIONS):
            named = any(action_matches(pattern, action, platform=grant.platform) for pattern in grant.actions)
            assert named is grant.names_action(action)
        named = any(resource_matches(pattern, request["resource"]) for pattern in grant.resources)
        assert named is grant.names_resource(request["resource"])


@often
@given(st.lists(statements.grants()), st.lists(statements.grants(platform=True)), requests, statements.verdicts)
def test_grants_of_the_other_kind_change_nothing(
    tenants: Grants, platforms: Grants, request: Request, verdicts: Verdicts,
) -> None:
    """Whatever stands in platform policies, a tenant's decision is the same with and without them."""
    assert allowed(tenants, request, verdicts) is allowed((*tenants, *platforms), request, verdicts)
