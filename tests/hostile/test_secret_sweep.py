"""A secret stands in exactly one reply and nowhere else: not in the table, a log, an error or another printed line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from devserver.data_directory import DATABASE
from devserver.embedded_store import start_file_store
from devserver.tables import connect
from tests.at_large import RUN
from tests.conftest import REGION
from tests.hostile.figures import keep
from tests.http.client import PLATFORM, V1
from tests.http.world import World, unique
from tests.journeys.product import Product

_KEY = re.compile(r"if(?:key|platform)_[0-9a-f]{32}")


def _command_line(world: World, credential: str, home: Path, *arguments: str) -> str:
    """Run one command with `-v` and return everything that it prints."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ironflow"), "-v", "-s", world.server.base_url, *arguments],
        env={**os.environ, "IRONFLOW_API_KEY": credential, "IRONFLOW_CONFIG_DIR": str(home), "HOME": str(home)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr
    RUN.printed(printed if credential not in arguments else printed.replace(credential, ""))  # what was typed itself
    return printed


def _journey(world: World) -> None:
    """Do everything by which a secret is issued, shown, changed, replayed or refused."""
    admin = world.a.admin
    issued = world.key(admin, role_ids=["role_viewer"])
    rotated = admin.post(f"{V1}/apikeys/{issued['id']}/rotate").ok()
    for _ in range(2):
        admin.post(f"{V1}/apikeys", {"name": "once"}, headers=[("Idempotency-Key", "sweep")]).ok()
        world.operator.post(f"{V1}/tenants/provision", {"org_name": "swept"}, headers=[("Idempotency-Key", "sweep-2")])
    world.deleted_role_key(world.a)
    for person in (world.platform_user("role_platform_admin"), world.tenant_user(world.a, "admin")):
        base = PLATFORM if person.id.startswith("puser_") else V1
        world.nobody.post(f"{base}/auth/login", {"email": person.email, "password": person.password + "-wrong"})
        person.client.get(f"{V1}/auth/validate")
        world.nobody.get(f"{V1}/auth/validate?token={person.client.credential}")
        world.nobody.post(f"{base}/auth/login", body=b'{"password":"' + person.password.encode() + b'",')
    user = world.tenant_user(world.a, "viewer")
    body = {"current_password": user.password, "new_password": f"New-{unique('x')}".replace(" ", "-")}
    user.client.patch(f"{V1}/users/{user.id}/password", body).ok()
    for value in (issued["key"], rotated["key"]):
        caller = world.nobody.having(value)
        for path in (
            f"{V1}/apikeys/{value}",
            f"{V1}/{value}",
            f"{V1}/functions?env={value}",
            f"{V1}/apikeys?cursor={value}",
        ):
            caller.get(path)
        caller.delete(f"{V1}/roles/{value}")
        caller.having(**{"X-Ironflow-Org": value, "X-Ironflow-Reason": value}).get(f"{V1}/projects")
        caller.post(f"{V1}/apikeys", {"name": "n", "role_ids": [value], "expires_in": value})
        caller.request("GET", f"{V1}/apikeys", headers=[("Authorization", f"Basic {value}")])
    inside = world.platform["admin"].entering(world.a.id)
    inside.get(f"{V1}/apikeys").ok()
    inside.get(f"{V1}/apikeys/{issued['key']}")
    admin.delete(f"{V1}/roles/{admin.credential}")
    world.a.keys["viewer"].delete(f"{V1}/apikeys/{admin.credential}")


def _table(data_dir: Path) -> str:
    """Return every item of a stopped server's table as text, by a scan that only a test may make."""
    with start_file_store(data_dir / DATABASE) as store:
        client = connect(store.endpoint, region=REGION)
        (name,) = client.list_tables()["TableNames"]
        pages = client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        return "\n".join(json.dumps(item, default=str) for page in pages for item in page["Items"])


def test_no_secret_stands_anywhere_but_in_the_reply_that_shows_it(product: Product, tmp_path: Path) -> None:
    """Every key, token and password ever issued or sent: 0 hits in table, database file, logs, refusals and CLI."""
    world = product.start()
    _journey(world)
    credential = world.a.admin.credential
    created = _command_line(world, credential, tmp_path, "apikey", "create", "from-the-cli", "--role", "role_viewer")
    (key_id,) = re.findall(r"\(id: (ak_[^)]+)\)", created)
    rotated = _command_line(world, credential, tmp_path, "apikey", "rotate", key_id)
    shown = set(_KEY.findall(created)) | set(_KEY.findall(rotated))
    rest = "".join(_command_line(world, credential, tmp_path, *words) for words in (
        ("apikey", "list"), ("apikey", "list", "--json"), ("apikey", "delete", key_id), ("audit", "list"),
        ("apikey", "create", credential, "--role", "role_of_nobody"), ("apikey", "rotate", credential),
    ))  # fmt: skip
    world.server.stop()
    secrets = world.ledger.secrets | shown
    logs = world.server.stdout + world.server.stderr

    table, names = _table(world.server.data_dir), {credential}
    file = (world.server.data_dir / DATABASE).read_bytes().decode("latin-1")
    hits = {
        "table": [one for one in secrets if one in table],
        "database": [one for one in secrets if one in file],
        "logs and refusals": world.ledger.leaks(logs),
        "command line": [one for one in secrets - names if one in rest],
    }

    keep("secret_sweep", secrets=len(secrets), items=table.count("\n") + 1, hits=sum(map(len, hits.values())))
    assert [] == [name for name, found in hits.items() if found]
    assert (1, 1) == (created.count(_KEY.findall(created)[0]), rotated.count(_KEY.findall(rotated)[0]))
    assert (2, True, True) == (len(shown), len(secrets) > 20, world.a.id in table)
    assert world.a.id in file
