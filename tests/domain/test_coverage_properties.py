"""Nobody escalates, whatever the policies (contract, section 6, "No escalation")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from controlplane.domain.access import decide
from controlplane.domain.coverage import allowed_actions, check_may_lift, check_may_write, covers
from controlplane.domain.errors import PermissionDenied
from controlplane.domain.grants import FULL_ACCESS, Grant
from tests.spec import statements
from tests.spec.statements import ACTIONS, RESOURCES

often = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
Grants = tuple[Grant, ...]
Verdicts = dict[str, bool | None]


@st.composite
def holders(draw: st.DrawFn) -> Grants:
    """Somebody with a few policies, in half of the cases on top of full access."""
    grants = draw(statements.grant_lists(size=4))
    return (*grants, *FULL_ACCESS) if draw(st.booleans()) else grants


@st.composite
def handed_out(draw: st.DrawFn, holder: Grants) -> Grants:
    """What somebody may try to hand out: some of their own statements, on fewer actions, and some others."""
    kept = [grant for grant in holder if draw(st.booleans())]
    fewer = [replace(grant, actions=draw(statements.few(ACTIONS))) for grant in kept]
    return (*kept, *fewer, *draw(statements.grant_lists(size=2)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Grants, Grants]:
    """A holder, and what they may try to hand out."""
    holder = draw(holders())
    return holder, draw(handed_out(holder))


def reach(grants: Sequence[Grant], verdicts: Verdicts) -> set[tuple[str, str]]:
    """Every request that the grants allow."""
    return {
        (action, resource) for action in ACTIONS for resource in RESOURCES
        if decide(grants, action=action, resource=resource, holds=verdicts.__getitem__).allowed
    }


@often
@given(pairs(), statements.verdicts)
def test_what_is_covered_allows_no_request_that_the_holder_is_denied(
    pair: tuple[Grants, Grants], verdicts: Verdicts,
) -> None:
    """Whoever gets what somebody may hand out can do nothing that the giver could not do."""
    holder, wanted = pair
    assume(allowed_actions(wanted, actions=ACTIONS) and covers(holder, wanted, actions=ACTIONS))
    event(f"something is allowed: {bool(reach(wanted, verdicts))}")

    assert reach(wanted, verdicts) <= reach(holder, verdicts)


@often
@given(pairs(), statements.grants(effects=("allow",)), statements.verdicts)
def test_no_role_built_of_written_policies_exceeds_the_writer(
    pair: tuple[Grants, Grants], policy: Grant, verdicts: Verdicts,
) -> None:
    """Writing policies one by one and putting them together leads nowhere that the writer could not go."""
    holder, candidates = pair
    written = [one for one in (*candidates, policy) if one.allows and may(check_may_write, holder, one)]

    assert reach(written, verdicts) <= reach(holder, verdicts)


@often
@given(holders(), statements.grants(effects=("deny",)), holders(), statements.verdicts)
def test_lifting_a_deny_opens_nothing_that_the_lifter_is_denied(
    lifter: Grants, lifted: Grant, bound: Grants, verdicts: Verdicts,
) -> None:
    """Whoever was bound by the deny gains nothing that the one who lifts it could not do."""
    assume(may(check_may_lift, lifter, lifted))

    gained = reach(bound, verdicts) - reach((*bound, lifted), verdicts)

    assert gained <= reach(lifter, verdicts)


@often
@given(holders(), holders(), holders())
def test_coverage_is_an_order(first: Grants, second: Grants, third: Grants) -> None:
    """Everybody covers themselves, and whoever covers somebody covers all that these cover."""
    assert covers(first, first, actions=ACTIONS)
    chained = covers(first, second, actions=ACTIONS) and covers(second, third, actions=ACTIONS)
    assert not chained or covers(first, third, actions=ACTIONS)


@often
@given(pairs(), statements.grants(effects=("allow",)), statements.grants(effects=("deny",)))
def test_more_permissions_cover_more_and_more_denies_ask_less(
    pair: tuple[Grants, Grants], allow: Grant, deny: Grant,
) -> None:
    """One more allow never costs the holder coverage, and one more deny never makes a role harder to hand out."""
    holder, wanted = pair
    before = covers(holder, wanted, actions=ACTIONS)

    assert before <= covers((*holder, allow), wanted, actions=ACTIONS)
    assert before <= covers(holder, (*wanted, deny), actions=ACTIONS)


@often
@given(pairs(), st.randoms())
def test_coverage_depends_on_the_sets_alone(pair: tuple[Grants, Grants], random: object) -> None:
    """Neither order nor repeats of policies, actions or resources change who may hand out what."""
    holder, wanted = pair
    turned = [
        replace(one, actions=(*one.actions[::-1], *one.actions), resources=(*one.resources[::-1], *one.resources))
        for one in (*wanted[::-1], *wanted)
    ]

    assert covers(holder, wanted, actions=ACTIONS) is covers(holder[::-1], turned, actions=ACTIONS)


def may(check: object, holder: Grants, policy: Grant) -> bool:
    """Tell whether a check lets the holder pass."""
    assert callable(check)
    try:
        check(holder, policy, actions=ACTIONS)
    except PermissionDenied:
        return False
    return True
