"""A version's folder -> an archive in the layout of `fedml model create`; the same folder gives the same bytes."""

import json
import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gitops.wire.tensoropera import CONFIG_FILE

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_CHUNK: Final = 1 << 20
_LEVEL: Final = 1


def pack(folder: Path, name: str, parameters: Mapping[str, object], into: Path) -> None:
    """Make an archive of all files of a folder, below one folder of that name.

    Args:
        parameters: written as the configuration where the folder has none: JSON is YAML.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as bundle:
        for path in files:
            info = _info(f"{name}/{path.relative_to(folder).as_posix()}", path.stat().st_mode)
            info.file_size = path.stat().st_size
            with path.open("rb") as source, bundle.open(info, "w") as sink:
                shutil.copyfileobj(source, sink, _CHUNK)
        if not (folder / CONFIG_FILE).exists():
            text = json.dumps({**parameters, "workspace": "./"}, indent=2, sort_keys=True)
            bundle.writestr(_info(f"{name}/{CONFIG_FILE}", 0), text)


def _info(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = _UNIX
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | (0o755 if mode & stat.S_IXUSR else 0o644)) << 16
    return info
