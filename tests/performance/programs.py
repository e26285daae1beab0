"""What is counted, as programs of their own: `python programs.py decide 1000`, `... reference 1000`, `... modules 0`.

The interpreter is started with -S, so that it imports nothing by itself; the paths come as PYTHONPATH.
"""

from __future__ import annotations

import sys


def decide(times: int) -> None:
    """Decide as an authorizer does for a caller with five roles of four policies; every decision is the same.

    The roles are new with each, as they are with each request that reads them.
    """
    import json

    from controlplane.domain.access import decide as decided
    from controlplane.domain.access import irn
    from controlplane.domain.grants import grants_naming
    from controlplane.domain.identity import HeldRole

    names = ("functions", "runs", "streams", "entities", "apikeys")
    roles = [
        HeldRole(id=f"role_{name}", org_id="org_1", name=name, grants=json.dumps([
            {"effect": effect, "actions": f"{name}:{verb}", "resources": f"irn:ironflow:org_1:*:{name}:*:{glob}",
             "condition": "", "policy_id": f"pol_{name}_{number}", "name": f"{name} {number}"}
            for number, (effect, verb, glob) in enumerate(
                (("allow", "*", "*"), ("deny", "read", "secret-*"), ("allow", "read", "a?c"), ("deny", "list", "*-*")))
        ]))
        for name in names
    ]
    role_ids, texts = [role.id for role in roles], [role.grants.encode() for role in roles]
    for _ in range(times):
        resource = irn(org="org_1", project="proj_1", type="apikeys", environment="env_1", id="ak_1")
        read = [HeldRole(id=role.id, org_id="org_1", name=role.name, grants=text.decode())
                for role, text in zip(roles, texts, strict=True)]
        grants = grants_naming("apikeys:read", role_ids, read, platform=False)
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


def answer(_times: int) -> None:
    """Answer the event that is the third word, and print what that imports on top of a start."""
    import json

    import app
    import awslambdaric.bootstrap

    before = set(sys.modules)
    app.handler(json.loads(sys.argv[3]), None)

    print("\n".join(sorted(set(sys.modules) - before)))  # noqa: T201
    del awslambdaric


if __name__ == "__main__":
    {"decide": decide, "reference": reference, "modules": modules, "answer": answer}[sys.argv[1]](int(sys.argv[2]))
