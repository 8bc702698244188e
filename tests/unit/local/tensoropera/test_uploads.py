import asyncio
import hashlib

import pytest

from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.uploads import MOST_PARTS, MOST_UPLOADS, PART_LIMIT, Uploads


async def pieces(*contents: bytes):
    for content in contents:
        yield content


async def broken(*contents: bytes):
    for content in contents:
        yield content
    raise ConnectionError


def uploads_in(folder, room: int = 1 << 30) -> Uploads:
    return Uploads(folder / "uploads", folder / "storage", room)


async def sent(uploads: Uploads, *parts: bytes, key: str = "k") -> tuple[str, list[tuple[int, str]]]:
    upload = uploads.begin(key, len(parts))
    tags = [(number, await uploads.take(upload, number, pieces(part))) for number, part in enumerate(parts, 1)]
    return upload, tags


def test_parts_are_put_together_in_the_order_of_their_numbers(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload = uploads.begin("k", 3)
        tags = {}
        for number, content in ((3, b"three"), (1, b"one"), (2, b"two")):
            tags[number] = await uploads.take(upload, number, pieces(content[:1], content[1:]))
        file = await uploads.complete(upload, "k", tags.items())
        assert b"onetwothree" == file.read_bytes()
        assert [] == list((tmp_path / "uploads").iterdir())
        assert file == uploads.file(upload)

    asyncio.run(story())


def test_the_tag_of_a_part_is_its_digest_and_may_come_in_quotes(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload, [(_, tag)] = await sent(uploads, b"x")
        assert hashlib.sha256(b"x").hexdigest() == tag
        assert await uploads.complete(upload, "k", [(1, f'"{tag}"')])

    asyncio.run(story())


def test_a_part_that_breaks_off_is_missing_and_can_be_sent_again(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload = uploads.begin("k", 1)
        with pytest.raises(ConnectionError):
            await uploads.take(upload, 1, broken(b"half"))
        assert [] == list((tmp_path / "uploads" / upload).iterdir())
        with pytest.raises(Declined, match="part 1 of the upload has not arrived"):
            await uploads.complete(upload, "k", [(1, "x")])
        tag = await uploads.take(upload, 1, pieces(b"whole"))
        assert b"whole" == (await uploads.complete(upload, "k", [(1, tag)])).read_bytes()

    asyncio.run(story())


def test_a_part_that_is_sent_again_counts_as_it_came_last(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload, old = await sent(uploads, b"old")
        new = await uploads.take(upload, 1, pieces(b"new"))
        with pytest.raises(Declined, match="its tag is another"):
            await uploads.complete(upload, "k", old)
        assert b"new" == (await uploads.complete(upload, "k", [(1, new)])).read_bytes()

    asyncio.run(story())


def test_an_upload_is_not_complete_with_other_parts_than_it_has(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload, tags = await sent(uploads, b"1", b"2")
        for said in (tags[:1], [*tags, (3, "x")], []):
            with pytest.raises(Declined, match="has 2 parts"):
                await uploads.complete(upload, "k", said)
        with pytest.raises(Declined, match="no such upload of that file"):
            await uploads.complete(upload, "other", tags)
        assert uploads.file(upload) is None

    asyncio.run(story())


def test_complete_can_be_asked_again(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload, tags = await sent(uploads, b"1")
        assert await uploads.complete(upload, "k", tags) == await uploads.complete(upload, "k", tags)

    asyncio.run(story())


def test_an_empty_file_has_no_parts(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload, tags = await sent(uploads)
        assert b"" == (await uploads.complete(upload, "k", tags)).read_bytes()

    asyncio.run(story())


@pytest.mark.parametrize("upload", ["", ".", "..", "../api_key", "x/y", "ü", "0" * 32])
def test_there_is_no_file_of_what_is_no_upload(tmp_path, upload):
    (tmp_path / "api_key").write_text("secret")
    uploads = uploads_in(tmp_path)
    (tmp_path / "storage").mkdir()
    assert uploads.file(upload) is None
    with pytest.raises(Declined):
        asyncio.run(uploads.complete(upload, "k", []))


def test_a_part_that_was_not_announced_is_not_taken(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        upload = uploads.begin("k", 1)
        for there, number in ((upload, 0), (upload, 2), ("0" * 32, 1)):
            with pytest.raises(Declined, match="no such part"):
                await uploads.take(there, number, pieces(b"x"))

    asyncio.run(story())


def test_what_is_too_large_is_not_kept(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path, room=3)
        upload = uploads.begin("k", 1)
        block = b"\0" * (PART_LIMIT // 4)
        with pytest.raises(Declined, match="a part has at most"):
            await uploads.take(upload, 1, pieces(*[block] * 4, b"1"))
        assert [] == list((tmp_path / "uploads" / upload).iterdir())
        upload, tags = await sent(uploads, b"12", b"34")
        with pytest.raises(Declined, match="a file has at most 3 bytes"):
            await uploads.complete(upload, "k", tags)

    asyncio.run(story())


def test_an_upload_with_too_many_parts_is_not_begun(tmp_path):
    with pytest.raises(Declined):
        uploads_in(tmp_path).begin("k", MOST_PARTS + 1)


def test_of_too_many_uploads_the_oldest_is_given_up(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        first, tags = await sent(uploads, b"1")
        for _ in range(MOST_UPLOADS):
            uploads.begin("k", 1)
        assert MOST_UPLOADS == len(list((tmp_path / "uploads").iterdir()))
        with pytest.raises(Declined, match="no such upload"):
            await uploads.complete(first, "k", tags)

    asyncio.run(story())


def test_a_new_life_has_the_files_and_forgets_the_halves(tmp_path):
    async def story():
        uploads = uploads_in(tmp_path)
        done, tags = await sent(uploads, b"1")
        file = await uploads.complete(done, "k", tags)
        half, tags = await sent(uploads, b"2")
        (tmp_path / "storage" / ".draft").write_bytes(b"torn")
        again = uploads_in(tmp_path)
        assert file == again.file(done)
        assert [file] == list((tmp_path / "storage").iterdir())
        assert not (tmp_path / "uploads").exists()
        with pytest.raises(Declined, match="no such upload"):
            await again.complete(half, "k", tags)

    asyncio.run(story())
