"""Every parser that reads what somebody else wrote."""

from __future__ import annotations

from tests.fuzz import policy_targets, request_targets, wire_targets
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target for group in (request_targets, policy_targets, wire_targets) for target in group.TARGETS
}
