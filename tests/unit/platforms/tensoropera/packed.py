"""Cards with real files, packed as an apply packs them."""

import hashlib
from contextlib import contextmanager

from gitops.model.card import CardContent, CardSpec, FileEntry, card_digest
from gitops.model.secret import Secret
from gitops.sources.package import ZipPackager


def make_card(folder, name="aloha", files=None, **spec):
    contents = {"main_entry.py": "print('hi')\n", **(files or {})}
    entries = []
    for path, text in contents.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        entries.append(FileEntry(path=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content)))
    whole = CardSpec(**{"workspace": "src", "entry_point": "main_entry.py", **spec})
    return CardContent(
        name=name, spec=whole, files=tuple(entries), digest=card_digest(tuple(entries), whole), root=str(folder)
    )


def with_secret(folder, value="hunter2-hunter2", **keys):
    return make_card(folder, environment_variables={"TOKEN": Secret(value, "TOKEN"), "MODE": Secret("fast")}, **keys)


@contextmanager
def archive_of(card):
    with ZipPackager().pack(card) as archive:
        yield archive


def push(platform, card):
    with archive_of(card) as archive:
        return platform.push(card, archive)
