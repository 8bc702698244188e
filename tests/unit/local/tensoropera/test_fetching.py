import asyncio
import io
import zipfile
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from gitops.errors import Unreachable
from gitops.local.bootstrap.unprepared import Unprepared
from gitops.local.state import Source, Version
from gitops.local.store.packages import Packages
from gitops.local.system.ports import free_port
from gitops.local.tensoropera.fetching import Fetching, Patience
from gitops.local.tensoropera.unzip import Bounds
from tests.unit.local.worlds import EPOCH

PATIENCE = Patience(connect=0.5, silence=0.3, total=5.0)


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        for name, text in files.items():
            bundle.writestr(f"aloha/{name}", text)
    return content.getvalue()


def version(url: str, name: str = "v0", entry: str = "main") -> Version:
    source = Source(url=url, parameters={})
    return Version(
        model="aloha", name=name, digest="sha256:0", config={"entry_point": entry}, source=source, pushed_at=EPOCH
    )


class Shop:
    """A server of packages: `/file` gives what was laid there, other paths misbehave."""

    def __init__(self) -> None:
        self.content = zipped(main="1")
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()
        self.url = ""

    async def file(self, _request):
        self.asked += 1
        await self.open.wait()
        return web.Response(body=self.content)

    async def gone(self, _request):
        return web.Response(status=404)

    async def moved(self, _request):
        return web.Response(status=302, headers={"Location": "/file"})

    async def round_and_round(self, _request):
        return web.Response(status=302, headers={"Location": "/round"})

    async def silent(self, request):
        answer = web.StreamResponse()
        answer.content_length = 100
        await answer.prepare(request)
        await answer.write(b"PK")
        await asyncio.sleep(60)

    async def cut(self, request):
        answer = web.StreamResponse()
        answer.content_length = 100
        await answer.prepare(request)
        await answer.write(b"PK")
        request.transport.abort()


@asynccontextmanager
async def shop():
    one = Shop()
    app = web.Application()
    for path, handler in {
        "/file": one.file,
        "/gone": one.gone,
        "/moved": one.moved,
        "/round": one.round_and_round,
        "/silent": one.silent,
        "/cut": one.cut,
    }.items():
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield one
    finally:
        await runner.cleanup()


def fetching_in(folder, **changes) -> Fetching:
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    return Fetching(Packages(packages), packages, **{"kept": lambda _: None, "patience": PATIENCE, **changes})


def left(folder) -> list[str]:
    return sorted(path.name for path in (folder / "packages").iterdir())


def test_a_package_is_fetched_once_whoever_asks_for_it(tmp_path):
    async def story():
        async with shop() as there:
            fetching = fetching_in(tmp_path)
            one = version(f"{there.url}/file")
            folders = await asyncio.gather(*(fetching.folder(one) for _ in range(5)))
            folders.append(await fetching.folder(one))
            assert 1 == len(set(folders))
            assert "1" == (folders[0] / "main").read_text()
            assert 1 == there.asked
            assert [folders[0].name] == left(tmp_path)

    asyncio.run(story())


def test_two_versions_of_one_url_have_each_what_was_there_when_they_were_fetched(tmp_path):
    async def story():
        async with shop() as there:
            fetching = fetching_in(tmp_path)
            old = await fetching.folder(version(f"{there.url}/file", "v0"))
            there.content = zipped(main="2")
            new = await fetching.folder(version(f"{there.url}/file", "v1"))
            assert ["1", "2"] == [(folder / "main").read_text() for folder in (old, new)]

    asyncio.run(story())


def test_a_version_whose_files_came_with_it_is_not_fetched(tmp_path):
    pushed = Version(model="aloha", name="v0", digest="sha256:1", pushed_at=EPOCH)
    assert tmp_path / "packages" / "1" == asyncio.run(fetching_in(tmp_path).folder(pushed))


def test_a_package_that_is_kept_here_is_read_where_it_lies(tmp_path):
    (tmp_path / "kept.zip").write_bytes(zipped(main="3"))
    fetching = fetching_in(tmp_path, kept={"http://gone.invalid/x": tmp_path / "kept.zip"}.get)
    folder = asyncio.run(fetching.folder(version("http://gone.invalid/x")))
    assert "3" == (folder / "main").read_text()
    assert (tmp_path / "kept.zip").exists()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone", "answers with status 404"),
        ("/round", "its URL leads nowhere"),
        ("/silent", "did not send it in time"),
        ("/cut", "broke off on its way"),
    ],
)
def test_a_package_that_cannot_be_had_fails_with_the_reason_and_leaves_nothing(tmp_path, path, words):
    async def story():
        async with shop() as there:
            with pytest.raises(Unprepared, match=words) as caught:
                await fetching_in(tmp_path).folder(version(there.url + path))
            assert there.url not in caught.value.message
            assert "aloha v0" in caught.value.message

    asyncio.run(story())
    assert [] == left(tmp_path)


def test_a_server_that_is_not_there_is_named_as_the_reason(tmp_path):
    with pytest.raises(Unprepared, match="cannot be reached"):
        asyncio.run(fetching_in(tmp_path).folder(version(f"http://127.0.0.1:{free_port()}/x")))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip", "not a zip archive"),
        (zipped(other="1"), "no file main, which is the card's entry_point"),
        (zipped(main="1" * 5000), "larger than 1000 bytes"),
        (bytes(10_001), "larger than 10000 bytes"),
    ],
    ids=["no zip", "without its entry", "unpacked too large", "too large"],
)
def test_a_package_that_cannot_be_used_fails_with_the_reason_and_leaves_nothing(tmp_path, content, words):
    async def story():
        async with shop() as there:
            there.content = content
            with pytest.raises(Unprepared, match=words):
                await fetching_in(tmp_path, bounds=Bounds(archive=10_000, unpacked=1000)).folder(
                    version(f"{there.url}/file")
                )

    asyncio.run(story())
    assert [] == left(tmp_path)


def test_after_a_failure_it_is_tried_anew(tmp_path):
    async def story():
        async with shop() as there:
            fetching, good = fetching_in(tmp_path), there.content
            there.content = b"no zip"
            with pytest.raises(Unprepared):
                await fetching.folder(version(f"{there.url}/file"))
            there.content = good
            assert (await fetching.folder(version(f"{there.url}/file"))).is_dir()

    asyncio.run(story())


def test_a_redirect_is_followed(tmp_path):
    async def story():
        async with shop() as there:
            assert (await fetching_in(tmp_path).folder(version(f"{there.url}/moved"))).is_dir()

    asyncio.run(story())


def test_a_fetch_goes_on_as_long_as_anybody_waits_and_ends_with_the_last(tmp_path):
    async def story():
        async with shop() as there:
            there.open.clear()
            fetching, one = fetching_in(tmp_path, patience=Patience()), version(f"{there.url}/file")
            first, second = (asyncio.create_task(fetching.folder(one)) for _ in range(2))
            while not there.asked:
                await asyncio.sleep(0.01)
            first.cancel()
            await asyncio.wait({first})
            there.open.set()
            assert (await second).is_dir()
            there.open.clear()
            third = asyncio.create_task(fetching.folder(version(f"{there.url}/file", "v1")))
            while there.asked < 2:
                await asyncio.sleep(0.01)
            third.cancel()
            await asyncio.wait({third})
            there.open.set()
            assert (await fetching.folder(version(f"{there.url}/file", "v1"))).is_dir()
            await fetching.close()
            assert 3 == there.asked
            assert 2 == len(left(tmp_path))

    asyncio.run(story())


def test_once_closed_nothing_is_fetched(tmp_path):
    async def story():
        async with shop() as there:
            there.open.clear()
            fetching, one = fetching_in(tmp_path, patience=Patience()), version(f"{there.url}/file")
            waiting = asyncio.create_task(fetching.folder(one))
            while not there.asked:
                await asyncio.sleep(0.01)
            await fetching.close()
            for ended in (waiting, fetching.folder(one)):
                with pytest.raises(Unreachable):
                    await ended

    asyncio.run(story())
    assert [] == left(tmp_path)
