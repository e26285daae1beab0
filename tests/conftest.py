"""What every test may ask for: a real DynamoDB stand-in, a table of its own, and a running server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from controlplane.security.ids import SystemIds
from devserver.embedded_store import start_file_store
from devserver.tables import connect, ensure_table
from tests.at_large import RUN
from tests.hostile.figures import keep
from tests.http.client import LEDGERS
from tests.running_server import RunningServer

pytest_plugins = ("tests.http.world", "tests.races.rounds")  # the callers of the running server; races

REGION = "us-east-1"
LOCAL_AWS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session", autouse=True)
def nothing_at_large() -> Iterator[None]:
    """At the end of the run no secret that was ever issued stands in a database, a log, a refusal or a printed line."""
    make = SystemIds.secret_hex

    def noted(self: SystemIds, size: int) -> str:
        made = make(self, size)
        RUN.secrets.add(made)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemIds, "secret_hex", noted)
        yield
    for ledger in LEDGERS:
        RUN.secrets |= ledger.secrets
        RUN.said("refusals", *(body.decode(errors="replace") for body in ledger.refusals))
    hits = RUN.hits()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "master")  # the mutants' tests run without xdist
    keep(f"at_large-{worker}", secrets=len(RUN.secrets), megabytes_searched=RUN.megabytes,
         hits=sum(map(len, hits.values())))  # fmt: skip
    assert {place: [] for place in hits} == hits


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what the product logged while it ran in the process of a test."""
    report = yield
    if report.when == "teardown":
        RUN.said("logs", report.capstdout, report.capstderr, report.caplog)
    return report


@pytest.fixture(scope="session", autouse=True)
def no_real_credentials() -> Iterator[None]:
    """No test can reach a real account, whatever the machine is configured with."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
            patch.delenv(name, raising=False)
        for name, value in LOCAL_AWS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def dynamodb_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dynoxide that lives as long as the session, on a file and a port of its own."""
    folder = tmp_path_factory.mktemp("store")
    with start_file_store(folder / "tests.db") as store:
        yield store.endpoint
    RUN.stored(folder)


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb_endpoint: str) -> Any:
    """One low-level client for the session: making one takes longer than most tests."""
    return connect(dynamodb_endpoint, region=REGION)


@pytest.fixture(scope="session")
def table_definition() -> dict[str, Any]:
    """The properties of the table that the product is deployed with, as the template states them."""
    from devserver.template import load_template

    tables = load_template(Path(__file__).parents[1] / "template.yaml").tables
    (table,) = tables
    return dict(table.definition)


@pytest.fixture
def fresh_table(dynamodb_client: Any, table_definition: dict[str, Any]) -> Iterator[str]:
    """The name of an empty table with the product's keys and indexes; gone after the test."""
    name = f"test-{uuid.uuid4().hex}"
    ensure_table(dynamodb_client, name=name, definition=table_definition)
    yield name
    dynamodb_client.delete_table(TableName=name)


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The whole product on a real socket: `base_url`, `bootstrap_key`, `data_dir`; shared by the session's tests."""
    with RunningServer("--no-reload", data_dir=tmp_path_factory.mktemp("live")) as server:
        yield server
