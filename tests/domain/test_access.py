"""The decision, case by case (contract, section 6, "Decision")."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.domain.access import Considered, Decision, conclude, consider, decide, irn
from controlplane.domain.errors import InvalidArgument
from controlplane.domain.grants import Grant

RESOURCE = "irn:ironflow:org_a:proj_a:apikey:env_default:ak_1"
YES, NO, BROKEN = "condition is true", "condition is false", "condition fails"
VERDICTS: dict[str, bool | None] = {YES: True, NO: False, BROKEN: None}

ALLOW = Grant("allow", ("apikeys:read",), ("*",), "")
DENY = Grant("deny", ("apikeys:read",), ("*",), "")
ALLOW_IF = {text: Grant("allow", ("apikeys:read",), ("*",), text) for text in VERDICTS}
DENY_IF = {text: Grant("deny", ("apikeys:read",), ("*",), text) for text in VERDICTS}
ALLOW_ALL = Grant("allow", ("*",), ("*",), "")
DENY_ALL = Grant("deny", ("*",), ("*",), "")
DENY_OTHER_ACTION = Grant("deny", ("apikeys:manage",), ("*",), "")
DENY_OTHER_RESOURCE = Grant("deny", ("apikeys:read",), ("irn:ironflow:org_a:*:apikey:*:ak_2",), "")
ALLOW_OTHER_ACTION = Grant("allow", ("apikeys:manage",), ("*",), "")
ALLOW_OTHER_RESOURCE = Grant("allow", ("apikeys:read",), ("irn:ironflow:org_a:*:apikey:*:ak_2",), "")
ALLOW_THIS = Grant("allow", ("apikeys:read",), (RESOURCE,), "")
DENY_THIS = Grant("deny", ("apikeys:read",), (RESOURCE,), "")
ALLOW_NOWHERE = Grant("allow", ("apikeys:read",), ("irn:ironflow:org_a",), "")
DENY_NOWHERE = Grant("deny", ("apikeys:read",), ("irn:ironflow:org_a",), "")
PLATFORM_ALLOW_ALL = Grant("allow", ("*",), ("*",), "", platform=True)
PLATFORM_DENY_ALL = Grant("deny", ("*",), ("*",), "", platform=True)

DENIED, FAILED, NOBODY = "denied by policy", "denied: condition failed to evaluate", "no policy allows it"
TABLE = [
    # the grants                                        who decides         why
    ((),                                                None,               NOBODY),
    ((ALLOW,),                                          ALLOW,              "allowed"),
    ((ALLOW_ALL,),                                      ALLOW_ALL,          "allowed"),
    ((ALLOW_THIS,),                                     ALLOW_THIS,         "allowed"),
    ((ALLOW_IF[YES],),                                  ALLOW_IF[YES],      "allowed"),
    ((ALLOW_IF[NO],),                                   None,               NOBODY),
    ((ALLOW_IF[BROKEN],),                               None,               NOBODY),
    ((ALLOW_IF[BROKEN], ALLOW_IF[NO], ALLOW_IF[YES]),   ALLOW_IF[YES],      "allowed"),
    ((ALLOW_IF[BROKEN], ALLOW_IF[NO]),                  None,               NOBODY),
    ((ALLOW_OTHER_ACTION, ALLOW_OTHER_RESOURCE),        None,               NOBODY),
    ((ALLOW_NOWHERE,),                                  None,               NOBODY),
    ((PLATFORM_ALLOW_ALL,),                             None,               NOBODY),
    ((DENY,),                                           DENY,               DENIED),
    ((ALLOW, DENY),                                     DENY,               DENIED),
    ((DENY, ALLOW),                                     DENY,               DENIED),
    ((ALLOW_THIS, DENY_ALL),                            DENY_ALL,           DENIED),
    ((ALLOW_ALL, DENY_THIS),                            DENY_THIS,          DENIED),
    ((ALLOW_ALL, ALLOW_THIS, ALLOW, DENY_IF[YES]),      DENY_IF[YES],       DENIED),
    ((ALLOW, DENY_IF[NO]),                              ALLOW,              "allowed"),
    ((ALLOW, DENY_IF[BROKEN]),                          DENY_IF[BROKEN],    FAILED),
    ((DENY_IF[BROKEN], ALLOW),                          DENY_IF[BROKEN],    FAILED),
    ((ALLOW_IF[YES], DENY_IF[NO]),                      ALLOW_IF[YES],      "allowed"),
    ((ALLOW_IF[NO], DENY_IF[NO]),                       None,               NOBODY),
    ((ALLOW_IF[BROKEN], DENY_IF[NO]),                   None,               NOBODY),
    ((DENY_IF[NO],),                                    None,               NOBODY),
    ((ALLOW, DENY_OTHER_ACTION, DENY_OTHER_RESOURCE),   ALLOW,              "allowed"),
    ((ALLOW, DENY_NOWHERE),                             ALLOW,              "allowed"),
    ((ALLOW, PLATFORM_DENY_ALL),                        ALLOW,              "allowed"),
]


def holds(condition: str) -> bool | None:
    """What each of the three conditions comes to; any other question is a mistake."""
    return VERDICTS[condition]


@pytest.mark.parametrize(("grants", "grant", "reason"), TABLE)
def test_the_decision_table(grants: tuple[Grant, ...], grant: Grant | None, reason: str) -> None:
    """A matching deny that is not false wins; else a matching allow that is true; else the answer is no."""
    decision = decide(grants, action="apikeys:read", resource=RESOURCE, holds=holds)

    assert Decision(reason == "allowed", grant, reason) == decision


@pytest.mark.parametrize(("grants", "grant", "reason"), TABLE)
def test_what_was_considered_leads_to_the_same_decision(
    grants: tuple[Grant, ...], grant: Grant | None, reason: str,
) -> None:
    """An explanation never says anything else than the decision does."""
    considered = consider(grants, action="apikeys:read", resource=RESOURCE, holds=holds)

    assert Decision(reason == "allowed", grant, reason) == conclude(considered)


def test_an_explanation_shows_every_grant() -> None:
    """Each grant is shown with what matched and what its condition came to, none left out."""
    other_resource = Grant("allow", ("*",), ("irn:ironflow:org_b:*:*:*:*",), BROKEN)
    grants = (ALLOW, ALLOW_OTHER_ACTION, other_resource, DENY_IF[BROKEN], ALLOW_IF[NO])

    shown = consider(grants, action="apikeys:read", resource=RESOURCE, holds=holds)

    assert shown == (
        Considered(ALLOW, True, True, True),
        Considered(ALLOW_OTHER_ACTION, False, True, "not evaluated"),
        Considered(other_resource, True, False, "not evaluated"),
        Considered(DENY_IF[BROKEN], True, True, None),
        Considered(ALLOW_IF[NO], True, True, False),
    )


def test_conditions_are_evaluated_only_where_they_matter() -> None:
    """A condition costs nothing where its policy does not match, or where an allow already stands."""
    asked: list[str] = []

    def note(condition: str) -> bool:
        asked.append(condition)
        return False

    grants = (
        Grant("allow", ("users:read",), ("*",), "another action"),
        Grant("deny", ("*",), ("irn:ironflow:org_b:*:*:*:*",), "another resource"),
        ALLOW, Grant("allow", ("*",), ("*",), "already allowed"), Grant("deny", ("*",), ("*",), "a deny"),
    )

    decide(grants, action="apikeys:read", resource=RESOURCE, holds=note)

    assert ["a deny"] == asked


@pytest.mark.parametrize("verdict", [1, "true", "yes", [True]])
def test_an_allow_holds_on_true_alone(verdict: Any) -> None:
    """A condition that came to anything but the truth value grants nothing."""
    decision = decide((ALLOW_IF[YES],), action="apikeys:read", resource=RESOURCE, holds=lambda text: verdict)

    assert not decision.allowed


@pytest.mark.parametrize("verdict", [0, "", None, [], "false"])
def test_a_deny_holds_on_anything_but_false(verdict: Any) -> None:
    """A condition that came to anything but the truth value false denies."""
    grants = (ALLOW, DENY_IF[YES])

    decision = decide(grants, action="apikeys:read", resource=RESOURCE, holds=lambda text: verdict)

    assert Decision(False, DENY_IF[YES], FAILED) == decision


def test_blanks_are_a_condition() -> None:
    """Only the empty condition is true by itself; whatever else stands there must be evaluated."""
    grants = (Grant("allow", ("*",), ("*",), " "),)

    assert not decide(grants, action="apikeys:read", resource=RESOURCE, holds=lambda text: None).allowed


def test_a_resource_has_seven_segments_in_the_order_of_the_contract() -> None:
    """Resource names are what policies are written against, so their shape never changes."""
    assert irn(org="org_a", project="proj_a", type="apikey", environment="env_default", id="ak_1") == RESOURCE
    assert irn(org="o", project="", type="user", environment="", id="") == "irn:ironflow:o::user::"
    assert irn(org="o", project="p", type="t", environment="e", id="a:b") == "irn:ironflow:o:p:t:e:a:b"


@pytest.mark.parametrize("segment", ["org", "project", "type", "environment"])
def test_no_name_can_shift_the_segments_of_a_resource(segment: str) -> None:
    """A colon before the id would make one resource look like another, so it is refused."""
    parts = {"org": "o", "project": "p", "type": "t", "environment": "e", "id": "i"} | {segment: "a:b"}

    with pytest.raises(InvalidArgument, match="^a resource's segments must not contain a colon$"):
        irn(**parts)
