"""The decision alone, beside Casbin and Cedar on the same roles, policies and requests."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report import Section, Target, ratio
from benchmarks.sampling import in_turn, median_cost, repeated
from controlplane.domain.access import decide
from controlplane.domain.actions import TENANT_ACTIONS
from controlplane.domain.grants import grants_naming
from controlplane.domain.identity import HeldRole

REQUESTS, SAMPLED, ROUNDS = 10_000, 100, 9
ROLES, POLICIES_EACH = 5, 4
OURS, CASBIN, CEDAR = "**this**", "casbin", "cedarpy, policies parsed anew"
ORG, SUBJECT = "org_acme", "ak_1"
METHOD = f"""\
{ROLES} roles with {POLICIES_EACH} policies each (an action or all of a type; resources by a pattern that ends in `*`; a
quarter of them deny), without conditions, which Casbin does not have. First all three answer {REQUESTS:,} generated
requests, and every answer must agree; then medians of {ROUNDS} samples of {SAMPLED} of them, in turn. Ours starts from
the roles as the authorizer reads them, with their policies' text in a new string for every request, Casbin from a
loaded enforcer, Cedar from its policies' text, which its binding takes anew with every call."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy in the common tongue: `action` may end in `:*`, `resource` in `*`."""

    role: str
    effect: str
    action: str
    resource: str


Ask = Callable[[str, str], bool]


def run(*, large: bool) -> Section:
    """Compare the answers, then the time."""
    del large
    dice = random.Random(6)
    rules = [_rule(dice, number) for number in range(ROLES * POLICIES_EACH)]
    requests = [(dice.choice(TENANT_ACTIONS), _resource(dice)) for _ in range(REQUESTS)]
    deciders = {OURS: _ours(rules), CASBIN: _casbin(rules), CEDAR: _cedar(rules)}
    answers = {name: [ask(*request) for request in requests] for name, ask in deciders.items()}
    if answers[OURS] != answers[CASBIN] or answers[OURS] != answers[CEDAR]:
        raise AssertionError("the three do not answer alike")
    sampled = requests[:SAMPLED]
    samples = {name: repeated(_all(ask, sampled), times=1) for name, ask in deciders.items()}
    costs = {name: median_cost(found).cpu / SAMPLED for name, found in in_turn(samples, rounds=ROUNDS).items()}
    return Section(
        "decision", "The decision alone", METHOD, _table(costs),
        [Target("casbin's time, to ours", costs[CASBIN] / costs[OURS], 10, at_least=True),
         Target("cedarpy's time, to ours", costs[CEDAR] / costs[OURS], 1, at_least=True)],
        [f"All {REQUESTS:,} answers agree; {sum(answers[OURS]):,} of them allow."],
    )


def _rule(dice: random.Random, number: int) -> Rule:
    action = dice.choice(TENANT_ACTIONS)
    if dice.random() < 0.5:
        action = action.rpartition(":")[0] + ":*"
    start = f"irn:ironflow:{ORG}:proj_{dice.randrange(3)}:"
    resource = dice.choice((start + "*", start + f"things:env_{dice.randrange(3)}:{dice.choice('ab')}*"))
    if dice.random() < 0.3:
        resource = "*"
    effect = "deny" if dice.random() < 0.25 else "allow"
    return Rule(f"role_{number // POLICIES_EACH}", effect, action, resource)


def _resource(dice: random.Random) -> str:
    project, environment, start = dice.randrange(3), dice.randrange(3), dice.choice("abc")
    return f"irn:ironflow:{ORG}:proj_{project}:things:env_{environment}:{start}{dice.randrange(99)}"


def _all(ask: Ask, requests: Sequence[tuple[str, str]]) -> Callable[[], None]:
    def everything() -> None:
        for action, resource in requests:
            ask(action, resource)

    return everything


def _ours(rules: Sequence[Rule]) -> Ask:
    names = sorted({rule.role for rule in rules})
    read = {
        name: json.dumps([
            {"effect": rule.effect, "actions": rule.action, "resources": _seven(rule.resource), "condition": "",
             "policy_id": f"pol_{number}", "name": str(number)}
            for number, rule in enumerate(rules) if rule.role == name
        ]).encode()
        for name in names
    }

    def ask(action: str, resource: str) -> bool:
        roles = [HeldRole(id=name, org_id=ORG, name=name, grants=text.decode()) for name, text in read.items()]
        grants = grants_naming(action, names, roles, platform=False)
        return decide(grants, action=action, resource=resource, holds=lambda _text: None).allowed

    return ask


def _seven(resource: str) -> str:
    """Spell a pattern that ends early with all seven segments, as our policies must."""
    return resource if resource == "*" else resource + ":*" * (6 - resource.count(":"))


def _casbin(rules: Sequence[Rule]) -> Ask:
    import casbin

    model = casbin.Model()
    model.load_model_from_text("""
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub) && keyMatch(r.obj, p.obj) && keyMatch(r.act, p.act)
""")
    enforcer = casbin.Enforcer(model)
    enforcer.add_policies([[rule.role, rule.resource, rule.action, rule.effect] for rule in rules])
    for role in {rule.role for rule in rules}:
        enforcer.add_grouping_policy(SUBJECT, role)
    return lambda action, resource: bool(enforcer.enforce(SUBJECT, resource, action))


def _cedar(rules: Sequence[Rule]) -> Ask:
    import cedarpy

    policies = "\n".join(
        f'{"permit" if rule.effect == "allow" else "forbid"}(principal in Role::"{rule.role}", action, resource) when '
        f'{{ context.action like "{rule.action}" && context.resource like "{rule.resource}" }};'
        for rule in rules
    )
    roles = sorted({rule.role for rule in rules})
    entities: list[dict[str, Any]] = [
        {"uid": {"type": "Role", "id": role}, "attrs": {}, "parents": []} for role in roles
    ]
    entities.append({"uid": {"type": "Key", "id": SUBJECT}, "attrs": {},
                     "parents": [{"type": "Role", "id": role} for role in roles]})
    known = json.dumps(entities)

    def ask(action: str, resource: str) -> bool:
        request = {"principal": f'Key::"{SUBJECT}"', "action": 'Action::"use"', "resource": 'Thing::"any"',
                   "context": {"action": action, "resource": resource}}
        return cedarpy.is_authorized(request, policies, known).allowed

    return ask


def _table(costs: dict[str, float]) -> list[list[str]]:
    rows = [["", "µs of CPU a decision", "to ours"]]
    rows += [[name, f"{cost * 1e6:.1f}", ratio(cost / costs[OURS])] for name, cost in costs.items()]
    return rows
