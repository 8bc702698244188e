"""What is wrong with how an environment names its platform that no model can see: no key, files out of reach."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from gitops.diagnostics import Code
from gitops.model.desired import Project, TensorOperaPlatform
from gitops.sources.declarations import Layer
from gitops.sources.findings import Findings
from gitops.sources.steps import Steps
from gitops.sources.wording import shown

_RELATIVE: Final = "write it relative to the folder of gitops.yaml, inside of it"


def check_platforms(findings: Findings, layer: Layer, project: Project, chosen: str) -> None:
    """Every environment's platform; whether its files are there only of the chosen one, the others are not needed."""
    for name, environment in project.environments.items():
        if isinstance(environment.platform, TensorOperaPlatform):
            _TensorOpera(findings, layer, environment.platform, ("environments", name, "platform")).check(
                needed=name == chosen
            )


class _TensorOpera:
    """The checks of one block of kind `tensoropera`."""

    def __init__(self, findings: Findings, layer: Layer, settings: TensorOperaPlatform, steps: Steps) -> None:
        self._findings = findings
        self._layer = layer
        self._settings = settings
        self._steps = steps

    def check(self, *, needed: bool) -> None:
        """Take note of everything that is wrong.

        Args:
            needed: whether its files must be there.
        """
        self._key()
        bundle, packages = self._settings.ca_bundle, self._settings.packages
        if bundle is not None and self._inside(("ca_bundle",), bundle) and needed:
            self._there(bundle)
        if packages is not None and packages.folder is not None:
            self._inside(("packages", "folder"), packages.folder)

    def _error(self, code: Code, steps: Steps, says: str, hint: str) -> None:
        name = ".".join(str(step) for step in (*self._steps, *steps))
        self._findings.error(code, f"{name} {says}", self._layer.place((*self._steps, *steps)), hint)

    def _key(self) -> None:
        if self._settings.api_key is None:
            place = self._layer.place(self._steps, at_key=True)
            summary = f"the key {'.'.join(str(step) for step in self._steps)}.api_key is missing"
            hint = "add api_key: ${env:FEDML_API_KEY}, so that it comes from the environment"
            self._findings.error(Code.MISSING_KEY, summary, place, hint)

    def _inside(self, steps: Steps, written: str) -> bool:
        """Whether a path stays in the project, as it is written and where links lead."""
        for code, says in _leaving(self._findings.root, written):
            self._error(code, steps, says, _RELATIVE)
            return False
        return True

    def _there(self, bundle: str) -> None:
        if not (self._findings.root / bundle).is_file():
            says, hint = f"names {shown(bundle)}, which is no file", "check the path, or remove the key"
            self._error(Code.FILE_UNREADABLE, ("ca_bundle",), says, hint)


def _leaving(root: Path, written: str) -> Iterator[tuple[Code, str]]:
    path = PurePosixPath(written)
    if not written or path.is_absolute() or ".." in path.parts:
        yield (
            Code.INVALID_VALUE,
            f"must lie in the project, not at {shown(written)}" if written else "must not be empty",
        )
    elif not (root / path).resolve().is_relative_to(root.resolve()):
        yield Code.SYMLINK_OUTSIDE, f"leads through a link out of the project: {shown(written)}"
