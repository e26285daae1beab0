"""The decision against Cedar, an engine written by others, over made-up organizations (contract, section 6).

Cedar forbids over permits and denies by default, as we do. It has no segments, no `?` and no kinds, and skips a
policy whose condition fails, so: actions and single-character globs are written out by regular expressions that
stand here, every segment of a resource is an attribute, and a forbid fires unless its condition is plainly false.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy
import pytest

from controlplane.domain.access import conclude, consider, decide
from controlplane.domain.grants import effective_grants, grants_naming
from controlplane.domain.identity import HeldRole
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import Role
from tests.spec import permissions

WORLDS, REQUESTS = 150, 200
EXTRA = ("billing:read", "billing:export:pdf")
ACTIONS = (*permissions.TENANT_ACTIONS, *permissions.PLATFORM_ACTIONS, *EXTRA)
TENANT_PATTERNS = ("*", "apikeys:*", "*:read", "agent:*", "agent:*:read", "*:*", "*:tools:*", "users:*", "billing:*")
PLATFORM_PATTERNS = ("*", "platform:*", "platform:*:read", "platform:users:*", "*:impersonate", "*:*:manage")
SEGMENTS = (("irn",), ("ironflow",), ("org_a", "org_b"), ("proj_a", ""), ("apikey", "user"), ("env_a", "env_b", ""))
IDS = ("ak_1", "ak_2", "ak_12", "x:y", "", "ak_*", 'q"\\')
GLOBS = (*IDS, "*", "*", "ak_*", "*1*", "ak_?", "?:?", "x*y", "**", "*k*2", '*"*')
ODD_RESOURCES = ("irn:ironflow:org_a:proj_a:apikey:env_a", "irn:ironflow:*", "*:*:*:*:*:*:*:*", "org_a", "**")


@dataclass(frozen=True)
class Condition:
    """A condition in our policies, what it comes to for a request, and the same in Cedar."""

    value: Callable[[dict[str, Any]], bool | None]
    cedar: str


CONDITIONS = {
    "": Condition(lambda facts: True, "true"),
    'request.ip.startsWith("10.")': Condition(lambda facts: facts["ip"].startswith("10."), 'context.ip like "10.*"'),
    '"ops" in subject.tags': Condition(lambda facts: "ops" in facts["tags"], 'context.tags.contains("ops")'),
    'request.tag == "x"': Condition(
        lambda facts: facts["tag"] == "x" if "tag" in facts else None, 'context.tag == "x"',
    ),
    "request.hour < 12": Condition(
        lambda facts: facts["hour"] < 12 if "hour" in facts else None, "context.hour < 12",
    ),
}


def some(pick: random.Random, pool: tuple[str, ...], most: int) -> list[str]:
    """One to `most` of the pool."""
    return [pick.choice(pool) for _ in range(pick.randint(1, most))]


def make_pattern(pick: random.Random) -> str:
    """A resource pattern, now and then one that cannot match."""
    if pick.random() < 0.3:
        return "*"
    if pick.random() < 0.1:
        return pick.choice(ODD_RESOURCES)
    places = ["*" if pick.random() < 0.7 else pick.choice((*pool, "org_*")) for pool in SEGMENTS]
    return ":".join([*places, pick.choice(GLOBS)])


def make_policy(pick: random.Random, *, platform: bool) -> dict[str, str]:
    """A policy's text as a role carries it; sometimes it names actions of the other kind, to no effect."""
    known = permissions.PLATFORM_ACTIONS if platform else (*permissions.TENANT_ACTIONS, *EXTRA)
    patterns = PLATFORM_PATTERNS if platform else TENANT_PATTERNS
    names = some(pick, patterns, 2) if pick.random() < 0.6 else some(pick, known, 8)
    if pick.random() < 0.3:
        names += some(pick, ACTIONS, 4)
    return {
        "policy_id": "pol", "name": "policy", "effect": "deny" if pick.random() < 0.3 else "allow",
        "actions": pick.choice((",", " , ")).join(names),
        "resources": ",".join(make_pattern(pick) for _ in range(pick.randint(1, 3))),
        "condition": pick.choice(("", "", *CONDITIONS)),
    }


def make_role(pick: random.Random, number: int, *, platform: bool) -> Role:
    """A custom role of one kind with up to five policies."""
    grants = tuple(make_policy(pick, platform=platform) for _ in range(pick.randint(0, 5)))
    org = PLATFORM_ORG if platform else "org_a"
    return Role(id=f"role_{number}", org_id=org, name="", created_at=1, updated_at=1, grants=grants)


def make_request(pick: random.Random, *, platform: bool) -> tuple[str, str, dict[str, Any]]:
    """An action, mostly of the world's own kind, a resource, and the facts that conditions look at."""
    own = permissions.PLATFORM_ACTIONS if platform else (*permissions.TENANT_ACTIONS, *EXTRA)
    action = pick.choice(own if pick.random() < 0.8 else ACTIONS)
    resource = ":".join([*(pick.choice(pool) for pool in SEGMENTS), pick.choice(IDS)])
    facts: dict[str, Any] = {"ip": pick.choice(("10.0.0.1", "192.0.2.1")), "tags": some(pick, ("ops", "dev"), 2)}
    if pick.random() < 0.7:
        facts["tag"] = pick.choice("xy")
    if pick.random() < 0.7:
        facts["hour"] = pick.randint(0, 23)
    return action, pick.choice(ODD_RESOURCES) if pick.random() < 0.05 else resource, facts


def cedar_actions(patterns: str, *, platform: bool) -> list[str]:
    """Write out the known actions that the patterns name, by regular expression."""
    named = []
    for pattern in patterns.replace(" ", "").split(","):
        *start, last = (re.escape(segment) for segment in pattern.split(":"))
        parts = [segment.replace(r"\*", "[^:]+") for segment in start]
        expression = ":".join([*parts, last.replace(r"\*", "[^:]+(:[^:]+)*")])
        named += [action for action in ACTIONS if re.fullmatch(expression, action)]
    return [action for action in named if action.startswith("platform:") == platform]


def cedar_resource(pattern: str) -> str:
    """Write a resource pattern as a Cedar expression over the attributes of a resource."""
    if pattern == "*":
        return "true"
    if pattern.count(":") != 6:
        return "false"
    *places, glob = pattern.split(":")
    terms = [f"resource.s{n} == {json.dumps(place)}" for n, place in enumerate(places) if place != "*"]
    return " && ".join(["resource.whole", *terms, cedar_glob(glob)])


def cedar_glob(glob: str) -> str:
    """Write a glob as Cedar's `like`, or, where it has a `?`, as the list of ids that it names."""
    if "?" not in glob:
        return f"resource.id like {json.dumps(glob)}"
    expression = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in glob)
    return f"{json.dumps([one for one in IDS if re.fullmatch(expression, one)])}.contains(resource.id)"


def cedar_statement(role_id: str, saved: dict[str, str], *, platform: bool) -> str:
    """Write one policy of one role in Cedar."""
    actions = ", ".join(f'Action::"{one}"' for one in cedar_actions(saved["actions"], platform=platform))
    where = " || ".join(f"({cedar_resource(pattern)})" for pattern in saved["resources"].split(","))
    condition = CONDITIONS[saved["condition"]].cedar
    attribute = re.search(r"context\.(tag|hour) ", condition)
    if saved["effect"] == "allow":
        rule, how = "permit", f"when {{ {condition} }}"
    else:
        present = f"context has {attribute[1]} && " if attribute else ""
        rule, how = "forbid", f"unless {{ {present}!({condition}) }}"
    return f'{rule}(principal in Role::"{role_id}", action in [{actions}], resource) when {{ {where} }} {how};'


def cedar_policies(roles: list[Role], *, platform: bool) -> str:
    """Write a world's custom roles, and the built-in ones by the contract's tables, in Cedar."""
    custom = [cedar_statement(role.id, saved, platform=platform) for role in roles for saved in role.grants]
    table = permissions.PLATFORM if platform else permissions.TENANT
    built_in = [
        f'permit(principal in Role::"{role}", action == Action::"{action}", resource);'
        for (role, action), may in table.items() if may
    ]
    extra = [f'permit(principal in Role::"role_admin", action == Action::"{one}", resource);' for one in EXTRA]
    return "\n".join([*custom, *built_in, *([] if platform else extra)])


def entity(type_: str, id_: str, attributes: dict[str, Any], *, parents: Sequence[str] = ()) -> dict[str, Any]:
    """One Cedar entity; its parents are roles."""
    above = [{"type": "Role", "id": parent} for parent in parents]
    return {"uid": {"type": type_, "id": id_}, "attrs": attributes, "parents": above}


def resource_entity(resource: str) -> dict[str, Any]:
    """A resource with its segments as attributes; whatever follows the sixth colon is the id."""
    found = re.fullmatch(r"([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)", resource, re.DOTALL)
    parts = found.groups() if found else ("",) * 7
    places = {f"s{n}": part for n, part in enumerate(parts[:6])}
    return entity("Resource", resource, {"whole": found is not None, "id": parts[6], **places})


@pytest.mark.parametrize("seed", range(WORLDS))
def test_cedar_comes_to_the_same_decisions(seed: int) -> None:
    """Over 30,000 made-up requests, an independent engine allows exactly what we allow."""
    pick = random.Random(seed)
    platform = seed % 3 == 0
    roles = [make_role(pick, number, platform=platform) for number in range(4)]
    built_ins = permissions.PLATFORM_ROLES if platform else permissions.TENANT_ROLES
    holders = {
        f"user_{n}": pick.sample([*built_ins, *(role.id for role in roles), "role_gone"], pick.randint(0, 4))
        for n in range(8)
    }
    asked = [(pick.choice(list(holders)), *make_request(pick, platform=platform)) for _ in range(REQUESTS)]

    held = [HeldRole(id=role.id, org_id=role.org_id, name="", grants=json.dumps(role.grants)) for role in roles]
    ours = []
    for holder, action, resource, facts in asked:
        grants = effective_grants(holders[holder], roles, platform=platform, extra_actions=EXTRA)
        question: dict[str, Any] = {
            "action": action, "resource": resource, "holds": lambda text, facts=facts: CONDITIONS[text].value(facts),
        }
        decision = decide(grants, **question)
        naming = grants_naming(action, holders[holder], held, platform=platform, extra_actions=EXTRA)
        assert decision == decide(naming, **question)
        assert decision == conclude(consider(grants, **question))
        ours.append(decision.allowed)
    theirs = cedarpy.is_authorized_batch(
        [
            {
                "principal": {"type": "User", "id": holder}, "action": {"type": "Action", "id": action},
                "resource": {"type": "Resource", "id": resource}, "context": facts,
            }
            for holder, action, resource, facts in asked
        ],
        cedar_policies(roles, platform=platform),
        [
            *(entity("User", holder, {}, parents=assigned) for holder, assigned in holders.items()),
            *(resource_entity(resource) for resource in {resource for _, _, resource, _ in asked}),
        ],
    )

    assert {"Allow", "Deny"} == {one.decision.value for one in theirs}
    assert [one.allowed for one in theirs] == ours, [
        (asked[n], holders[asked[n][0]]) for n in range(REQUESTS) if theirs[n].allowed is not ours[n]
    ][:3]
