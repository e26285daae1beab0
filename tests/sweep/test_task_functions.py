"""The functions that no request calls, as Lambda calls them."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controlplane import bootstrap
from controlplane.gateway.tasks import TaskFailed

FUNCTIONS = Path(__file__).parents[2] / "functions"
Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Context:
    """What Lambda says about an invocation."""

    aws_request_id: str = "req-1"
    milliseconds: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take."""
        return self.milliseconds


def _handler(name: str) -> Handler:
    specification = importlib.util.spec_from_file_location(f"task_{name}", FUNCTIONS / name / "app.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


@pytest.fixture
def deployed(fresh_table: str, dynamodb_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process whose environment names an empty table."""
    monkeypatch.setenv("IRONFLOW_TABLE", fresh_table)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_endpoint)
    bootstrap.services_for.cache_clear()
    yield
    bootstrap.services_for.cache_clear()


def test_the_bootstrap_key_is_issued_once(deployed: None, capfd: pytest.CaptureFixture[str]) -> None:
    """Its value is in the first reply only, and in no log line ever."""
    handler = _handler("bootstrap")

    first = handler({"file_path": "/home/op/key.json"}, Context())
    second = handler({}, Context())

    key = first["document"]["key"]
    logged = capfd.readouterr().out
    assert {"created": True, "prefix": key[:14]} == {name: first[name] for name in ("created", "prefix")}
    assert sorted(first["document"]) == ["key", "key_id", "org_id", "role", "timestamp"]
    assert second == {"created": False, "prefix": key[:14]}
    assert key[14:] not in logged
    assert [json.loads(line).get("event") for line in logged.splitlines()] == ["BOOTSTRAP_ADMIN_KEY_ISSUED", None]
    assert json.loads(logged.splitlines()[0])["file_path"] == "/home/op/key.json"


def test_a_reset_makes_another_key_and_leaves_events(deployed: None) -> None:
    """The break-glass is in the trail: the old key revoked, the new one created."""
    from controlplane.ports import AuditFilter

    handler = _handler("bootstrap")
    first = handler({}, Context())

    second = handler({"reset": True}, Context())

    page = bootstrap.services_for().store.events(AuditFilter(trail="org_default"), limit=10, ascending=True)
    told = [(event.event_type, event.payload["change"]) for event in page.items]
    assert second["document"]["key"] != first["document"]["key"]
    assert sorted(told) == [("authz.key.created", "created"), ("authz.key.created", "reset"),
                            ("authz.key.revoked", "reset")]


@pytest.mark.parametrize("event", [{"reset": "true"}, {"reset": 1}, [], None, "reset"])
def test_only_a_plain_true_resets(deployed: None, event: Any) -> None:
    """Nobody replaces the key by a slip of the pen."""
    handler = _handler("bootstrap")
    handler({}, Context())

    again = handler(event, Context())

    assert not again["created"]


def test_the_sweep_tells_what_it_did(deployed: None, capfd: pytest.CaptureFixture[str]) -> None:
    """One line with figures, and the same figures to whoever invoked it."""
    figures = _handler("sweep")({}, Context())

    line = json.loads(capfd.readouterr().out)
    assert figures == {"expired": 0, "expiring": 0, "purged": 0, "done": True}
    assert {name: line[name] for name in ("task", "request_id", *figures)} == {
        "task": "sweep", "request_id": "req-1", **figures}


def test_a_task_that_fails_fails_its_invocation(
    deployed: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda tries again and the alarm rings; the log says where, and nothing of what it was about."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")

    with pytest.raises(TaskFailed, match="^StoreUnavailable$"):
        _handler("sweep")({}, Context())

    line = json.loads(capfd.readouterr().out)
    assert (line["level"], line["message"], line["error"]) == ("ERROR", "task failed", "StoreUnavailable")
