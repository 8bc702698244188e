"""Where packages lie: in the platform's own storage, in parts, or wherever a team hosts them itself."""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pydantic import ValidationError

from gitops.errors import PlatformError, Rejected, ServerFault, Unreachable
from gitops.model.card import DIGEST_PREFIX, CardContent
from gitops.model.desired import Packages
from gitops.platforms.tensoropera.calls import Calls, Extra
from gitops.platforms.tensoropera.wires import PUSH_S, Wires, origin
from gitops.wire.tensoropera import PART_BYTES, Presigned

_PART_TRIES: Final = 5
_PART_WAIT_S: Final = 0.5
_CHUNK: Final = 1 << 20
_OK: Final = 200
_USER: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class PlatformStorage:
    """The platform's storage: URLs for the parts, the parts, and the URL of the whole. No key goes to a part's URL."""

    calls: Calls

    def store(self, card: CardContent, package: Path) -> str:
        """Upload a package; the URL under which it can be fetched.

        Raises:
            PlatformError: it could not be stored.
        """
        user = self._user()
        key = f"{user}/{user}@{card.name}@{card.digest.removeprefix(DIGEST_PREFIX)}.zip"
        size = package.stat().st_size
        parts = max(1, -(-size // PART_BYTES))
        begun = self._begin(key, parts)
        tags = [
            {"etag": self._part(url, package, number, parts), "partNumber": number}
            for number, url in enumerate(begun.urls[:parts], 1)
        ]
        asked = {"file_key": key, "part_etags": tags, "upload_id": begun.upload_id}
        url = self.calls.data("complete_upload", asked, Extra(timeout_s=PUSH_S))
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ServerFault("the platform's storage took the package, and did not say under which URL")
        return url

    def _user(self) -> str:
        said = self.calls.data("user", {})
        user = said.get("id") if isinstance(said, Mapping) else None
        if isinstance(user, bool) or not isinstance(user, int | str) or not _USER.fullmatch(str(user)):
            raise ServerFault("the platform did not say which user the API key is of, so nothing can be stored")
        return str(user)

    def _begin(self, key: str, parts: int) -> Presigned:
        try:
            begun = Presigned.model_validate(self.calls.data("begin_upload", {"file_key": key, "parts": parts}))
        except ValidationError:
            raise ServerFault("the platform answered the begin of an upload with something that is none") from None
        if len(begun.urls) < parts:
            raise ServerFault(f"the platform gave {len(begun.urls)} URLs for an upload of {parts} parts")
        return begun

    def _part(self, url: str, package: Path, number: int, parts: int) -> str:
        """Send one part, again where that may help; its tag as the storage says it."""
        with package.open("rb") as file:
            file.seek((number - 1) * PART_BYTES)
            content = file.read(PART_BYTES)
        for trial in range(1, _PART_TRIES + 1):
            try:
                return _sent(self.calls.wires, url, content, f"part {number} of {parts} of the package")
            except (Unreachable, ServerFault):
                if trial == _PART_TRIES:
                    raise
            self.calls.sleep(_PART_WAIT_S * 2 ** (trial - 1))
        raise AssertionError("the last trial returns or raises")


def _sent(wires: Wires, url: str, content: bytes, what: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise Rejected(f"the platform gave no http URL for {what}")
    answer = wires.send("PUT", url, content=content, timeout_s=PUSH_S)
    tag: str | None = answer.headers.get("ETag")
    if answer.is_success and tag:
        return tag
    problem = f"the storage at {origin(url)} answered {what} with HTTP {answer.status_code}"
    if answer.is_client_error or answer.is_redirect:
        raise Rejected(problem, hint="the upload may have taken too long: apply again")
    raise ServerFault(problem if not answer.is_success else f"{problem} and no ETag")


@dataclass(frozen=True, slots=True)
class OwnStorage:
    """Packages that a team hosts: left in a folder where one is named, and read back from their URL.

    Attributes:
        root: the folder of the project; `packages.folder` is relative to it.
    """

    packages: Packages
    root: Path
    wires: Wires

    def store(self, card: CardContent, package: Path) -> str:
        """Leave a package in the folder, and see that it can be fetched as it is.

        Raises:
            Rejected: it cannot be written, or is not at its URL.
        """
        url = self.url(card)
        if self.packages.folder is None:
            self._check_there(card, url)
            return url
        place = self.root / self.packages.folder / card.name / f"{card.digest.removeprefix(DIGEST_PREFIX)}.zip"
        _leave(package, place)
        wanted, there = _sha256(package), self._fetched(card, url, f"it lies in {place}")
        if wanted != there:
            raise Rejected(
                f"{_shown(url)} is another package than {place}",
                hint="is an old one in a cache, or does another tool write there? let the URL answer with that file",
            )
        return url

    def url(self, card: CardContent) -> str:
        """Where the package of a card is fetched."""
        digest = card.digest.removeprefix(DIGEST_PREFIX)
        return self.packages.url.replace("{model}", quote(card.name)).replace("{digest}", digest)

    def _check_there(self, card: CardContent, url: str) -> None:
        self._fetched(card, url, "another tool has to publish it there (packages.folder is not set)")

    def _fetched(self, card: CardContent, url: str, where: str) -> str:
        """The sha256 of what the URL answers."""
        digest, first = hashlib.sha256(), b""
        try:
            with self.wires.stream(url) as answer:
                if answer.status_code != _OK:
                    raise Rejected(f"HTTP {answer.status_code}")
                for chunk in answer.iter_bytes(_CHUNK):
                    first = first or chunk[:2]
                    digest.update(chunk)
            if first != b"PK":
                raise Rejected("it answers something that is no zip")
        except PlatformError as fault:
            raise Rejected(
                f"the package of model card {card.name} cannot be read at {_shown(url)}: {fault.message}; {where}",
                hint=f"publish it so that {_shown(url)} answers with the zip, then apply again",
            ) from fault
        return digest.hexdigest()


def _shown(url: str) -> str:
    return url.partition("?")[0]


def _leave(package: Path, place: Path) -> None:
    """Copy it to its place, where it appears as a whole."""
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(package, draft)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as fault:
        raise Rejected(
            f"the package cannot be left at {place}: {fault.strerror}", hint="check packages.folder of the environment"
        ) from fault


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
