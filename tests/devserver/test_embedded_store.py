"""The embedded store keeps what it acknowledged."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from devserver.embedded_store import start_file_store
from devserver.tables import connect, ensure_table

DEFINITION: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}


def test_kill_9_under_writes_loses_no_acknowledged_write(tmp_path: Path) -> None:
    """What a client was told is stored is there after a crash, and the store comes back on its port by itself."""
    with start_file_store(tmp_path / "data.db") as store:
        client = connect(store.endpoint, region="us-east-1")
        ensure_table(client, name="writes", definition=DEFINITION)
        acknowledged: list[str] = []
        writer = threading.Thread(target=_write_until_it_fails, args=(client, acknowledged))
        writer.start()
        while len(acknowledged) < 100:
            time.sleep(0.001)
        os.kill(store.pid, signal.SIGKILL)
        writer.join()

        assert store.keep_alive()
        found = {
            row["pk"]["S"]
            for page in client.get_paginator("scan").paginate(TableName="writes")
            for row in page["Items"]
        }

    assert set() == set(acknowledged) - found


def test_an_existing_table_is_left_alone(dynamodb_client: Any, fresh_table: str) -> None:
    """A restart finds its table; only a missing one is made."""
    assert not ensure_table(dynamodb_client, name=fresh_table, definition=DEFINITION)


def _write_until_it_fails(client: Any, acknowledged: list[str]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    for number in range(100_000):
        try:
            client.put_item(TableName="writes", Item={"pk": {"S": str(number)}})
        except (BotoCoreError, ClientError):
            return
        acknowledged.append(str(number))
