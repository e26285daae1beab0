"""What is counted, as programs of their own: `python programs.py decide 1000`, `... reference 1000`, `... modules`.

The interpreter is started with -S, so that it imports nothing by itself; the paths come as PYTHONPATH.
"""

from __future__ import annotations

import sys


def decide(times: int) -> None:
    """Decide as an authorizer does for a caller with five roles of four policies; every decision is the same."""
    from controlplane.domain.access import decide as decided
    from controlplane.domain.access import irn
    from controlplane.domain.grants import effective_grants
    from controlplane.domain.records import Role

    names = ("functions", "runs", "streams", "entities", "apikeys")
    roles = [
        Role(id=f"role_{name}", org_id="org_1", name=name, created_at=1, updated_at=1, grants=tuple(
            {"effect": effect, "actions": f"{name}:{verb}", "resources": f"irn:ironflow:org_1:*:{name}:*:{glob}",
             "condition": "", "policy_id": f"pol_{name}_{number}", "name": f"{name} {number}"}
            for number, (effect, verb, glob) in enumerate(
                (("allow", "*", "*"), ("deny", "read", "secret-*"), ("allow", "read", "a?c"), ("deny", "list", "*-*")))
        ))
        for name in names
    ]
    role_ids = [role.id for role in roles]
    for _ in range(times):
        resource = irn(org="org_1", project="proj_1", type="apikeys", environment="env_1", id="ak_1")
        grants = effective_grants(role_ids, roles, platform=False)
        if not decided(grants, action="apikeys:read", resource=resource, holds=lambda _text: None).allowed:
            raise AssertionError("not allowed")


def reference(times: int) -> None:
    """Work that is the same for ever, to compare with: dictionaries, strings, calls."""
    seen: dict[str, int] = {}
    for number in range(times):
        for word in ("alpha:one", "beta:two", "gamma:three", "delta:four"):
            first, _, second = word.partition(":")
            seen[first] = seen.get(second, number) + len(",".join((first, second)).split(","))


def modules(_times: int) -> None:
    """Print what the authorizer imports on top of the runtime client."""
    import awslambdaric.bootstrap

    before = set(sys.modules)
    import app  # type: ignore[import-not-found]

    print("\n".join(sorted(set(sys.modules) - before)))  # noqa: T201
    del awslambdaric, app


if __name__ == "__main__":
    {"decide": decide, "reference": reference, "modules": modules}[sys.argv[1]](int(sys.argv[2]))
