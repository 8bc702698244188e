"""Uploads in parts, on disk: each part is a file until all are there, and then they are one.

<data>/uploads/<upload>/<number>   parts of an upload that is under way; removed at the next start
<data>/storage/<upload>            a file that is whole, for as long as the data folder lives
"""

import hashlib
import shutil
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.threads import in_thread

MOST_PARTS: Final = 10_000
PART_LIMIT: Final = 128 << 20
"""Bytes of one part; fedml's have 20 MiB."""

MOST_UPLOADS: Final = 100
"""Under way at a time; of more the oldest is given up."""

_WRITE: Final = 1 << 20


@dataclass(slots=True)
class Upload:
    """An upload that is under way.

    Attributes:
        key: what its sender calls the file.
        parts: of how many it consists.
        tags: number of a part -> tag of what has arrived.
    """

    key: str
    parts: int
    tags: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Uploads:
    """All uploads of an installation; used by one event loop.

    Attributes:
        drafts: the folder of those that are under way; emptied when this is made.
        whole: the folder of those that are done.
        room: bytes of all parts of a file.
    """

    drafts: Path
    whole: Path
    room: int
    _under_way: dict[str, Upload] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        shutil.rmtree(self.drafts, ignore_errors=True)
        for draft in self.whole.glob(".*"):
            draft.unlink(missing_ok=True)

    def begin(self, key: str, parts: int) -> str:
        """Begin an upload; gives its id.

        Raises:
            Declined: it has too many parts.
        """
        if not 0 <= parts <= MOST_PARTS:
            raise Declined(f"an upload has at most {MOST_PARTS} parts")
        while len(self._under_way) >= MOST_UPLOADS:
            self._forget(next(iter(self._under_way)))
        upload = uuid.uuid4().hex
        (self.drafts / upload).mkdir(parents=True)
        self._under_way[upload] = Upload(key, parts)
        return upload

    async def take(self, upload: str, number: int, pieces: AsyncIterator[bytes]) -> str:
        """Keep a part as it comes; gives its tag. A part that breaks off is not kept.

        Raises:
            Declined: there is no such upload or part, or it is too large.
            OSError: there is no space.
        """
        there = self._under_way.get(upload)
        if there is None or not 1 <= number <= there.parts:
            raise Declined("there is no such part of an upload, or not any more; begin the upload again")
        folder = self.drafts / upload
        draft = folder / f".{uuid.uuid4().hex}"
        digest, size = hashlib.sha256(), 0
        try:
            with draft.open("xb") as sink:
                async for block in _blocks(pieces):
                    size += len(block)
                    if size > PART_LIMIT:
                        raise Declined(f"a part has at most {PART_LIMIT} bytes")
                    digest.update(block)
                    await in_thread(sink.write, block)
            draft.replace(folder / str(number))
        except FileNotFoundError as fault:
            raise Declined("the upload was given up meanwhile; begin it again") from fault
        finally:
            draft.unlink(missing_ok=True)
        tag = there.tags[number] = digest.hexdigest()
        return tag

    async def complete(self, upload: str, key: str, tags: Iterable[tuple[int, str]]) -> Path:
        """Put the parts together; the same again gives the same file.

        Raises:
            Declined: there is no such upload, a part is missing, or has another tag than was said.
            OSError: there is no space.
        """
        there = self._under_way.get(upload)
        if there is None and (done := self.file(upload)) is not None:
            return done
        if there is None or there.key != key:
            raise Declined("there is no such upload of that file, or not any more; begin it again")
        _check(there, dict(tags))
        folder = self.drafts / upload
        parts = [folder / str(number) for number in range(1, there.parts + 1)]
        if sum(part.stat().st_size for part in parts) > self.room:
            self._forget(upload)
            raise Declined(f"a file has at most {self.room} bytes")
        draft, target = self.whole / f".{upload}", self.whole / upload
        self.whole.mkdir(exist_ok=True)
        try:
            await in_thread(_join, parts, draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        self._forget(upload)
        return target

    def file(self, upload: str) -> Path | None:
        """The file of an upload that is done."""
        path = self.whole / upload
        return path if upload.isalnum() and upload.isascii() and path.is_file() else None

    def _forget(self, upload: str) -> None:
        self._under_way.pop(upload, None)
        shutil.rmtree(self.drafts / upload, ignore_errors=True)


async def _blocks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, few of them at once, so that not each of them costs a thread."""
    block = bytearray()
    async for piece in pieces:
        block += piece
        if len(block) >= _WRITE:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def _check(upload: Upload, said: Mapping[int, str]) -> None:
    missing = [number for number in range(1, upload.parts + 1) if number not in upload.tags]
    if missing:
        raise Declined(f"part {missing[0]} of the upload has not arrived; send it again")
    if said.keys() != upload.tags.keys():
        raise Declined(f"the upload has {upload.parts} parts, and others were named")
    for number, tag in said.items():
        if tag.strip('"') != upload.tags[number]:
            raise Declined(f"part {number} of the upload is not what arrived: its tag is another; send it again")


def _join(parts: list[Path], into: Path) -> None:
    with into.open("wb") as sink:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, sink, _WRITE)
