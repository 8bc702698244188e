"""Packages in TensorOpera's layout: a folder `<model>/`, with its configuration; same content, same bytes."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from gitops.errors import Rejected
from gitops.model.card import CardContent
from gitops.model.secret import Secret
from gitops.wire.tensoropera import CONFIG_FILE

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_PLAIN_FILE: Final = 0o100644
_EXECUTABLE_FILE: Final = 0o100755
_EXECUTABLE: Final = 0o111
_LEVEL: Final = 1
_CHUNK: Final = 1 << 20
_README: Final = "README.md"
_ORIGIN: Final = "origin_yaml_file_loc_record.txt"
"""Where the SDK writes which file of somebody's machine a package came from."""

MOST_FILES: Final = 100_000
MOST_BYTES: Final = 64 << 30


def configuration(card: CardContent, *, secrets: bool) -> dict[str, Any]:
    """A card's whole configuration as fedml writes it.

    Args:
        secrets: with their values, for the request that carries them; without, they are left out.
    """
    written = {key: getattr(card.spec, key) for key in sorted(card.spec.model_fields_set)}
    plain = {key: _plain(value, secrets=secrets) for key, value in written.items() if value is not None}
    return {key: value for key, value in plain.items() if value is not None} | {"workspace": "./"}


def _plain(value: Any, *, secrets: bool) -> Any:
    match value:
        case Secret():
            return value.reveal() if secrets else None
        case Mapping():
            inner = {str(key): _plain(item, secrets=secrets) for key, item in value.items()}
            return {key: item for key, item in inner.items() if item is not None or value[key] is None}
        case list() | tuple():
            return [_plain(item, secrets=secrets) for item in value]
        case _:
            return value


@contextmanager
def wrapped(card: CardContent, archive: Path) -> Iterator[Path]:
    """The archive of a card in TensorOpera's layout, there while the context lasts.

    Its configuration says no secrets: packages are readable for everybody who knows their URL, and what runs is the
    configuration that the platform keeps beside the package.
    """
    with tempfile.TemporaryDirectory(prefix="gitops-tensoropera-") as folder:
        target = Path(folder) / f"{card.name}.zip"
        with (
            zipfile.ZipFile(archive) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed,
        ):
            theirs = {
                entry.filename: entry for entry in source.infolist() if entry.filename not in {CONFIG_FILE, _ORIGIN}
            }
            ours = {CONFIG_FILE: _yaml(card), _README: f"# {card.name}\n".encode()}
            for name in sorted(theirs.keys() | ours.keys()):
                if name in theirs:
                    with source.open(theirs[name]) as stream:
                        _add(packed, f"{card.name}/{name}", stream, _mode(theirs[name]))
                else:
                    packed.writestr(_info(f"{card.name}/{name}", _PLAIN_FILE), ours[name], compresslevel=_LEVEL)
        yield target


def _yaml(card: CardContent) -> bytes:
    """JSON, which is YAML too."""
    return (
        json.dumps(configuration(card, secrets=False), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    ).encode()


def _mode(entry: zipfile.ZipInfo) -> int:
    return _EXECUTABLE_FILE if entry.external_attr >> 16 & _EXECUTABLE else _PLAIN_FILE


def _info(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = _UNIX
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = mode << 16
    return info


def _add(packed: zipfile.ZipFile, name: str, stream: IO[bytes], mode: int) -> None:
    with packed.open(_info(name, mode), "w", force_zip64=True) as target:
        shutil.copyfileobj(stream, target, _CHUNK)


def unpack(package: Path, into: Path) -> None:
    """A package's files into an empty folder, without the folder that wraps them and what fedml adds to them.

    Raises:
        Rejected: it is no package, or one that reaches out of the folder, or that is larger than any.
    """
    try:
        with zipfile.ZipFile(package) as source:
            entries = [entry for entry in source.infolist() if not entry.is_dir()]
            _check(entries)
            top = _top(entries)
            left = MOST_BYTES
            for entry in entries:
                path = PurePosixPath(entry.filename).relative_to(top)
                if str(path) not in {CONFIG_FILE, _ORIGIN}:
                    left -= _write(source, entry, into / path, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as fault:
        raise Rejected(f"the package cannot be unpacked: {fault}", hint="is it a zip, as fedml makes it?") from fault


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise Rejected(f"the package has more than {MOST_FILES} files")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        kind = entry.external_attr >> 16 & 0o170000
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in path.parts[0]:
            raise Rejected(f"the package holds {entry.filename!r}, which would lie outside of its folder")
        if kind not in {0, 0o100000}:
            raise Rejected(f"the package holds {entry.filename!r}, which is no plain file")


def _top(entries: list[zipfile.ZipInfo]) -> PurePosixPath:
    """The one folder around everything; nothing where there is none."""
    paths = [PurePosixPath(entry.filename) for entry in entries]
    tops = {path.parts[0] for path in paths}
    return (
        PurePosixPath(tops.pop()) if len(tops) == 1 and all(len(path.parts) > 1 for path in paths) else PurePosixPath()
    )


def _write(source: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with source.open(entry) as stream, target.open("xb") as file:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > left:
                raise Rejected(f"the package is larger than {MOST_BYTES} bytes")
            file.write(chunk)
    if entry.external_attr >> 16 & _EXECUTABLE:
        target.chmod(0o755)
    return written
