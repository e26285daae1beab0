"""The whole server: store, table, bootstrap key, functions and gateway, put together and taken apart again."""

from __future__ import annotations

import asyncio
import gc
import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from devserver.bootstrap_key import provide_bootstrap_key
from devserver.data_directory import DATABASE, empty_figures, ensure_jwt_secret, lock_database, open_data_directory
from devserver.deployment import Deployment, Function
from devserver.embedded_store import EmbeddedStore, start_file_store, start_memory_store
from devserver.environments import FunctionProcesses
from devserver.errors import CannotStart
from devserver.function_environment import function_environment, local_environment
from devserver.gateway import Gateway
from devserver.http_message import HttpRequest
from devserver.http_reply import Reply
from devserver.http_server import HttpServer
from devserver.in_process import FunctionsInProcess
from devserver.invocation import Functions
from devserver.options import Options
from devserver.reload import take_snapshot
from devserver.request_log import RequestLog
from devserver.tables import connect, ensure_table
from devserver.template import load_template

HOST = "127.0.0.1"
BOOTSTRAP = "controlplane.bootstrap"
LOOK_SECONDS = 0.5
DRAIN_SECONDS = 1.5


class Server:
    """A development server: `open` takes what it needs, `serve` serves, `close` gives everything back."""

    def __init__(self, options: Options, environ: Mapping[str, str]) -> None:
        self._options = options
        self._outer = environ
        self._closing = ExitStack()
        self._store: EmbeddedStore | None = None
        self._log = RequestLog()

    def open(self) -> None:
        """Take port, data and store; clients may connect, and wait. Raises CannotStart, with nothing left running."""
        self._began = time.monotonic()
        self._seen = take_snapshot(self._watched())  # before anything is read: a later change is noticed
        with self._closing:
            self._data_dir = open_data_directory(self._options.data_dir)
            deployment = self._load()
            self._http = HttpServer(HOST, self._options.port, answer=self._answer, refuse=self._refuse)
            self._closing.callback(self._http.release)
            self._open_functions(deployment)
            self._key_line = self._provide_bootstrap_key(deployment)
            self._gateway = Gateway(deployment, self._functions, log=self._log.note)
            self._closing = self._closing.pop_all()

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish requests in flight and end every function."""
        await self._http.start()
        print(f"ready on http://{HOST}:{self._http.port} in {time.monotonic() - self._began:.1f} s", flush=True)
        print(self._key_line, flush=True)
        gc.collect()
        gc.freeze()  # what is there now stays: a later collection need not look at it
        upkeep = asyncio.create_task(self._upkeep())
        await stop.wait()
        upkeep.cancel()
        await self._http.stop(patience=DRAIN_SECONDS)
        await self._functions.close()
        self._log.flush()

    @contextmanager
    def scheduled(self) -> Iterator[tuple[Functions, tuple[Function, ...]]]:
        """Open data and functions and serve nobody; yields what runs functions, and those that are scheduled."""
        with self._closing:
            self._data_dir = open_data_directory(self._options.data_dir)
            deployment = self._load()
            self._open_functions(deployment)
            yield self._functions, deployment.scheduled

    def close(self) -> None:
        """Give back what `open` took."""
        self._closing.close()

    async def _answer(self, request: HttpRequest) -> Reply:
        return await self._gateway.answer(request)  # that of the deployment as it is now

    def _refuse(self, status: int, source_ip: str) -> Reply:
        return self._gateway.refuse_unreadable(status, source_ip)

    def _open_functions(self, deployment: Deployment) -> None:
        """Start what functions need to run: their store, its tables and their environment."""
        options = self._options
        secret = ensure_jwt_secret(self._data_dir)
        endpoint = self._start_store()
        self._create_tables(deployment, endpoint)
        table = deployment.tables[0].name if deployment.tables else None
        self._local = local_environment(
            region=deployment.region, table=table, endpoint=endpoint, jwt_secret_file=secret,
            figures=empty_figures(self._data_dir), outer=self._outer,
        )
        self._endpoint = endpoint
        runner = FunctionsInProcess if options.in_process else FunctionProcesses
        self._functions: FunctionsInProcess | FunctionProcesses = runner(self._environ)

    def _load(self) -> Deployment:
        deployment = load_template(
            self._options.template, parameters=self._options.parameters, keep=self._data_dir
        )
        for function in deployment.functions:
            if not function.code.is_dir():
                raise CannotStart(f"template.yaml: the function {function.name} has no code at {function.code}")
        return deployment

    def _environ(self, function: Function) -> Mapping[str, str]:
        return function_environment(function, self._local)

    def _start_store(self) -> str:
        if self._options.dynamodb_endpoint:
            return self._options.dynamodb_endpoint
        if self._options.memory_store:
            print("warning: --store memory forgets everything at the end, and does not isolate concurrent "
                  "transactions", file=sys.stderr, flush=True)  # fmt: skip
            self._store = start_memory_store()
        else:
            self._closing.callback(os.close, lock_database(self._data_dir))
            self._store = start_file_store(self._data_dir / DATABASE)
        self._closing.callback(self._store.stop)
        return self._store.endpoint

    def _create_tables(self, deployment: Deployment, endpoint: str) -> None:
        with closing(connect(endpoint, region=deployment.region)) as client:
            for table in deployment.tables:
                ensure_table(client, name=table.name, definition=table.definition)

    def _provide_bootstrap_key(self, deployment: Deployment) -> str:
        """Call the product's joint: `issue_bootstrap_key(environ)`, or `reset_bootstrap_key(environ)`."""
        if not self._options.issue_bootstrap_key or not deployment.functions:
            return "bootstrap key: not issued (--no-bootstrap-key)"
        if importlib.util.find_spec(BOOTSTRAP.partition(".")[0]) is None:
            raise CannotStart(f"{BOOTSTRAP} cannot be imported; install the project, or use --no-bootstrap-key")
        module = importlib.import_module(BOOTSTRAP)
        environ = {**deployment.functions[0].environment, **self._environ(deployment.functions[0])}
        os.environ.update({name: value for name, value in self._local.items() if name.startswith("AWS_")})
        issue = module.reset_bootstrap_key if self._options.reset_bootstrap_key else module.issue_bootstrap_key
        return provide_bootstrap_key(issue, environ, file=self._options.bootstrap_key_file)

    def _watched(self) -> list[Path]:
        root = self._options.template.parent
        return [self._options.template, root / "functions", root / "layers"]

    async def _upkeep(self) -> None:
        """Look after store, environments and changed code; what takes time is done beside the server."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._store is not None and await asyncio.to_thread(self._store.keep_alive):
                print("the embedded store had ended and was started again", file=sys.stderr, flush=True)
            if isinstance(self._functions, FunctionProcesses):
                self._functions.reap()
            if self._options.reload:
                await self._reload_if_changed()

    async def _reload_if_changed(self) -> None:
        now, seen = await asyncio.to_thread(take_snapshot, self._watched()), self._seen
        if now == seen:
            return
        self._seen = now
        template = str(self._options.template)
        if {row for row in now if row[0] == template} != {row for row in seen if row[0] == template}:
            await self._reload_template()
        self._functions.recycle()
        self._log.flush()
        print("reloaded", flush=True)

    async def _reload_template(self) -> None:
        try:
            deployment = await asyncio.to_thread(self._load_with_tables)
        except CannotStart as error:
            print(f"the template is not served as it is now: {error}", file=sys.stderr, flush=True)
            return
        self._gateway = Gateway(deployment, self._functions, log=self._log.note)

    def _load_with_tables(self) -> Deployment:
        deployment = self._load()
        self._create_tables(deployment, self._endpoint)
        return deployment
