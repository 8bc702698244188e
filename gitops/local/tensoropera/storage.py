"""Storage over TensorOpera's contract: an upload in parts to URLs that need no key, and URLs from which anybody reads.

It also serves the packages that were pushed natively, in the layout in which fedml has them.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from gitops.errors import DataFolderError, ErrorCode
from gitops.local.gateway.body import Body
from gitops.local.gateway.limits import Limits
from gitops.local.state import Version
from gitops.local.store.packages import Packages
from gitops.local.tensoropera.calls import Asked, Call, Sealed
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.keys import KeyIn
from gitops.local.tensoropera.messages import Dataset, Uploaded
from gitops.local.tensoropera.packing import pack
from gitops.local.tensoropera.seal import Seal
from gitops.local.tensoropera.shelf import Shelf
from gitops.local.tensoropera.threads import in_thread
from gitops.local.tensoropera.uploads import Uploads
from gitops.wire.tensoropera import OPS, PRESIGNED, UPLOADED, Presigned

DATASET: Final = f"{OPS}/cli/dataset"
PART: Final = "/system/storage/{upload}/parts/{number}"
FILE: Final = "/system/storage/{upload}/{name}"
PACKAGE: Final = "/system/packages/{model}/{version}/package.zip"

_PART_S: Final = 6 * 3600
"""For which the URL of a part holds; the file itself can be read for as long as the data folder lives."""

_LONGEST_KEY: Final = 1024
_ODD: Final = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class StorageFace:
    """The calls for files.

    Attributes:
        drafts: a folder for archives that are made to be read once.
    """

    uploads: Uploads
    seal: Seal
    shelf: Shelf
    packages: Packages
    drafts: Path
    limits: Limits

    def calls(self) -> list[Call | Sealed]:
        """Each with who answers it."""
        return [
            Call("GET", PRESIGNED, KeyIn.BEARER, self.begin),
            Call("POST", UPLOADED, KeyIn.BEARER, self.complete),
            Call("POST", DATASET, KeyIn.BEARER, self.name),
            Sealed("PUT", PART, self.part),
            Sealed("GET", FILE, self.file),
            Sealed("GET", PACKAGE, self.package),
        ]

    async def begin(self, asked: Asked) -> Presigned:
        """Begin an upload: one URL for each part."""
        key, number = asked.query("fileKey"), asked.query("partNumber")
        if len(key) > _LONGEST_KEY or not key.isprintable():
            raise Declined(f"fileKey is at most {_LONGEST_KEY} characters that can be printed")
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            raise Declined("partNumber is the number of parts")
        with _disk():
            upload = self.uploads.begin(key, int(number))
        paths = [PART.format(upload=upload, number=one) for one in range(1, int(number) + 1)]
        return Presigned(upload_id=upload, urls=[self.seal.sealed("PUT", path, _PART_S) for path in paths])

    async def part(self, request: web.Request) -> web.StreamResponse:
        """Take one part; its tag is in the answer's head, as S3 has it."""
        upload, number = request.match_info["upload"], request.match_info["number"]
        with _disk():
            tag = await self.uploads.take(upload, int(number), Body(request, self.limits).pieces())
        return web.Response(headers={"ETag": f'"{tag}"'})

    async def complete(self, asked: Asked) -> str:
        """Put the parts of an upload together; gives the URL from which the file can be read."""
        wish = asked.read(Uploaded)
        tags = [(part.part_number, part.etag) for part in wish.part_etags]
        with _disk():
            await self.uploads.complete(wish.upload_id, wish.file_key, tags)
        name = _ODD.sub("_", wish.file_key.rsplit("/", 1)[-1]) or "file"
        return self.seal.sealed("GET", FILE.format(upload=wish.upload_id, name=name))

    async def name(self, asked: Asked) -> bool:
        """An uploaded file has a name of its own; here it is only found by its URL."""
        asked.read(Dataset)
        return True

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file that was uploaded."""
        path = self.uploads.file(request.match_info["upload"])
        if path is None:
            raise Declined("there is no such file, or not any more", status=404)
        return web.FileResponse(path, headers={"Content-Type": "application/zip"})

    async def package(self, request: web.Request) -> web.StreamResponse:
        """The package of a version that was pushed natively."""
        version = self.shelf.version(request.match_info["model"], request.match_info["version"])
        folder = self.packages.of(version)
        if not folder.is_dir():
            raise Declined(f"the files of {version.model} {version.name} are not here", status=404)
        draft = self.drafts / f".{uuid.uuid4().hex}.zip"
        try:
            with _disk():
                await in_thread(pack, folder, version.model, self.shelf.parameters(version), draft)
            answer = web.FileResponse(draft, headers={"Content-Type": "application/zip"})
            await answer.prepare(request)  # It is sent now, so that nobody needs the draft afterwards.
            return answer
        finally:
            draft.unlink(missing_ok=True)

    def url_of(self, version: Version) -> str:
        """Where the package of a version can be read."""
        if version.source is not None:
            return self.seal.here(version.source.url)
        return self.seal.sealed("GET", PACKAGE.format(model=version.model, version=version.name))

    def kept(self, url: str) -> Path | None:
        """The file of a URL that `complete` gave; None for any other one."""
        path = self.seal.path_of(url)
        if path is None or not path.startswith(FILE.split("{", 1)[0]):
            return None
        return self.uploads.file(path.split("/")[3])


@contextmanager
def _disk() -> Iterator[None]:
    """What a disk does not do is said in our words."""
    try:
        yield
    except OSError as fault:
        raise DataFolderError(
            f"the file cannot be kept: {fault.strerror or fault}",
            hint="free some space, then upload it again",
            code=ErrorCode.DATA_FOLDER_FULL,
        ) from fault
