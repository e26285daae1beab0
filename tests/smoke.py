"""The life of one key against a deployed control plane: what `make smoke` runs, from anywhere.

    IRONFLOW_SERVER_URL=https://… IRONFLOW_API_KEY=ifkey_… python -m tests.smoke
    python -m tests.smoke --stack ironflow-staging

With `--stack`, the address is the stack's output, and the key is the secret `STACK/smoke-key` in Secrets Manager,
both read with the AWS credentials at hand. The key's role must grant `apikeys:manage` and what `role_viewer` grants.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class Broken(Exception):
    """The deployment does not do what it must; the sentence says what, and quotes no credential."""


@dataclass(frozen=True)
class Target:
    """A control plane, and the status with which its gateway words a Deny (401; an emulator may have its own)."""

    url: str
    key: str
    denied: int = 401

    def ask(self, method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Return status and body of one request."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                status, text = reply.status, reply.read()
        except urllib.error.HTTPError as refused:
            with refused:
                status, text = refused.code, refused.read()
        return status, json.loads(text) if text else None


def run_journey(target: Target) -> None:
    """Create, use, rotate and delete a key; raise Broken at the first answer that is not the contract's."""
    for path in ("/health", "/ready"):
        _expect(path, 200, target.ask("GET", path)[0])
    wanted = {"name": f"smoke {int(time.time())}", "expires_in": "1h", "role_ids": ["role_viewer"]}
    key = _created(target.ask("POST", "/api/v1/apikeys", key=target.key, body=wanted), 201)
    try:
        _expect("a new key", 200, target.ask("GET", "/api/v1/projects", key=key["key"])[0])
        _expect("what its role lacks", 403, target.ask("POST", "/api/v1/apikeys", key=key["key"], body={})[0])
        old = key["key"]
        key = _created(target.ask("POST", f"/api/v1/apikeys/{key['id']}/rotate", key=target.key), 200)
        _expect("a rotated key's old value", target.denied, target.ask("GET", "/api/v1/projects", key=old)[0])
        _expect("its new value", 200, target.ask("GET", "/api/v1/projects", key=key["key"])[0])
    finally:
        deleted = target.ask("DELETE", f"/api/v1/apikeys/{key['id']}", key=target.key)[0]
    _expect("deleting it", 204, deleted)
    _expect("a deleted key", target.denied, target.ask("GET", "/api/v1/projects", key=key["key"])[0])


def _created(answer: tuple[int, Any], status: int) -> dict[str, str]:
    _expect("a key's creation or rotation", status, answer[0])
    key: dict[str, str] = answer[1]
    return key


def _expect(what: str, wanted: int, got: int) -> None:
    if got != wanted:
        raise Broken(f"{what}: {got} instead of {wanted}")


def _target_of(stack: str) -> Target:
    import boto3

    (described,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    key = boto3.client("secretsmanager").get_secret_value(SecretId=f"{stack}/smoke-key")["SecretString"].strip()
    return Target(outputs["ApiUrl"], key)


def main(arguments: Sequence[str]) -> int:
    """Run the journey; 0 when everything answered as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.smoke", description="Run the life of one key.")
    parser.add_argument("--stack", help="a stack's name; without it, IRONFLOW_SERVER_URL and IRONFLOW_API_KEY")
    parser.add_argument("--url", help="where the stack answers, if not where its output says: a domain, an emulator")
    parser.add_argument("--denied", type=int, default=401, help="the status of a Deny (a local emulator has 403)")
    given = parser.parse_args(arguments)
    found = _target_of(given.stack) if given.stack else Target(
        os.environ["IRONFLOW_SERVER_URL"], os.environ["IRONFLOW_API_KEY"]
    )
    target = Target((given.url or found.url).rstrip("/"), found.key, given.denied)
    try:
        run_journey(target)
    except Broken as broken:
        print(f"broken: {broken}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{target.url} does what it must")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
