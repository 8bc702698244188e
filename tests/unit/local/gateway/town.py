"""A gateway behind its front, its client, and whatever replicas a test puts in; all on one event loop."""

import asyncio
import contextlib
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from yarl import URL

from gitops.local.face.front import front
from gitops.local.gateway.gateway import Gateway
from gitops.local.gateway.limits import Limits
from gitops.local.gateway.routes import Routes
from gitops.local.gateway.tally import Tally
from gitops.local.runtime import Runtime
from gitops.local.system.ports import free_port
from tests.unit.local.worlds import EPOCH

KEY = {"Authorization": "Bearer key"}
PATIENCE_S = 20


class Town:
    def __init__(self, routes, port, client, connections):
        self.routes = routes
        self.connections = connections
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.client = client
        self.runners = []
        self.servers = []
        self.writers = []

    async def ask(self, method="POST", name="aloha", headers=KEY, **how):
        return await self.ask_path(method, f"/inference/{name}", headers, **how)

    async def ask_path(self, method, path, headers=KEY, **how):
        async with self.client.request(method, URL(self.url + path, encoded=True), headers=headers, **how) as answer:
            return answer.status, await answer.read(), answer.headers

    async def replica(self, handler, name="a", runtime=None, path="/predict"):
        """One that answers with an aiohttp handler."""
        port = free_port()
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", path, handler)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.runners.append(runner)
        return self.routes.put_in("aloha", name, "v0", port, runtime or Runtime())

    async def raw_replica(self, answer: bytes):
        """One that answers every request with these bytes; and its connections."""
        connections = []

        async def serve(reader, writer):
            connections.append(writer)
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)

        return await self.socket_replica(serve), connections

    async def socket_replica(self, serve, runtime=None, name="raw"):
        """One that does with its connections what a test says."""

        async def guarded(reader, writer):
            self.writers.append(writer)
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(guarded, "127.0.0.1", 0)
        self.servers.append(server)
        port = server.sockets[0].getsockname()[1]
        self.routes.put_in("aloha", name, "v0", port, runtime or Runtime())
        return server

    async def connect(self):
        """A client that speaks bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        return reader, writer

    @property
    def route(self):
        """The only replica."""
        (route,) = self.routes._ready["aloha"]
        return route


@asynccontextmanager
async def town(limits, named):
    routes = Routes(Tally(EPOCH))
    routes.know("aloha")
    port = free_port()
    gateway = Gateway(routes, limits, named)
    async with aiohttp.ClientSession() as client, front(gateway.routes, "key", limits) as runner:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        there = Town(routes, port, client, lambda: runner.server.connections)
        try:
            yield there
        finally:
            for route in list(routes._ready["aloha"]):
                routes.take_out("aloha", route)
            for server in there.servers:
                server.close()
            for writer in there.writers:
                writer.close()
            for one in there.runners:
                await one.cleanup()
            await asyncio.sleep(0)


def tell(story, named=lambda _: None, **limits):
    """Run a story in a town, some of whose endpoints have ids; how it ends is what comes back."""

    async def run():
        async with town(Limits(**limits), named) as there:
            return await asyncio.wait_for(story(there), PATIENCE_S)

    return asyncio.run(run())


def head(method="POST", path="/inference/aloha", *lines, key="key"):
    """A request's head as bytes."""
    start = [f"{method} {path} HTTP/1.1", "Host: h", f"Authorization: Bearer {key}", *lines]
    return "\r\n".join([*start, "", ""]).encode()
