"""Git as a program: a call in, its output out. What goes wrong with a call is translated here, once.

No hook runs, nobody is asked for a password, the index is only read, and no call outlives its time.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from gitops.errors import ErrorCode, HistoryError

NETWORK_S: Final = 60.0
"""A call over the network that has not ended by then is given up."""

_LOCAL_S: Final = 300.0
_SAYS_LINES: Final = 3

_SETTINGS: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.logAllRefUpdates=false",
    "core.quotePath=false",
    "core.filesRefLockTimeout=5000",
    "core.packedRefsTimeout=5000",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "i18n.commitEncoding=UTF-8",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
    "push.gpgSign=false",
    "push.followTags=false",
)

_ENVIRONMENT: Final = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}


_CREDENTIALS: Final = re.compile(r"(?<=://)[^\s/@]+@|[^\s/@:'\"]+:[^\s/@]+@")
"""A name with a password, or a token, before the host of an address."""

_OF_ANOTHER_CALL: Final = (
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
"""Variables that git sets for what it calls, such as a hook: they lead to the repository that it was called for."""


class GitFailed(HistoryError):
    """A call of git ended with another status than 0.

    Attributes:
        status: None where it did not end in time.
        said: what it said to standard error; `words` are its last lines.
    """

    def __init__(self, command: str, status: int | None, said: str) -> None:
        said = _CREDENTIALS.sub("", said)  # most of git's own messages leave them out, and not all
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        self.words = "; ".join(lines[-_SAYS_LINES:]) or f"it ended with status {status}"
        super().__init__(f"git {command} failed: {self.words}", hint="see what git says to it in this folder")
        self.status = status
        self.said = said


class Git:
    """Calls git, always for the same repository, whatever the environment says.

    Args:
        folder: where it is called.
        git_dir: of the repository; None lets git look for it from the folder.
    """

    def __init__(self, folder: Path, git_dir: Path | None = None) -> None:
        self.folder = folder
        self.git_dir = git_dir

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        environ: Mapping[str, str] | None = None,
        timeout_s: float = _LOCAL_S,
    ) -> bytes:
        """What a call prints.

        Args:
            given: for its standard input.
            environ: on top of this process's environment.

        Raises:
            GitFailed: it did not end with 0, or not in time.
        """
        begun = self._begin(arguments, subprocess.PIPE, environ)
        process = begun.proc
        try:
            printed, said = process.communicate(given, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            raise GitFailed(_name(arguments), None, f"it did not end within {timeout_s:g} seconds") from None
        if process.returncode:
            raise GitFailed(_name(arguments), process.returncode, said.decode(errors="replace"))
        return bytes(printed)

    def ask(
        self,
        *arguments: str,
        given: bytes = b"",
        environ: Mapping[str, str] | None = None,
        timeout_s: float = _LOCAL_S,
    ) -> str:
        """What a call prints, as text without the last line break."""
        printed = self.run(*arguments, given=given, environ=environ, timeout_s=timeout_s)
        return os.fsdecode(printed).rstrip("\n")

    def holds(self, *arguments: str) -> bool:
        """Whether a call that answers with its status says yes; no also where it cannot tell."""
        try:
            self.run(*arguments)
        except GitFailed:
            return False
        return True

    @contextmanager
    def reading(self, *arguments: str, given: IO[bytes]) -> Iterator[IO[bytes]]:
        """The output of a call while it runs, for more than should lie in memory.

        Args:
            given: an open file for its standard input.

        Raises:
            GitFailed: it did not end with 0.
        """
        begun = self._begin(arguments, given, {})
        process = begun.proc
        try:
            yield process.stdout
            process.stdout.close()
            if process.wait(_LOCAL_S):
                raise GitFailed(_name(arguments), process.returncode, "")
        finally:
            if process.poll() is None:
                _end(process)
            process.stdout.close()
            process.stderr.close()

    def _begin(self, arguments: tuple[str, ...], given: Any, environ: Mapping[str, str] | None) -> Any:
        """A process of its own session: Ctrl-C lets it finish, and nothing can ask the terminal."""
        git = _gitpython()
        where = [f"--git-dir={self.git_dir}"] if self.git_dir else []
        settings = [part for one in _SETTINGS for part in ("-c", one)]
        try:
            begun = git.Git(self.folder).execute(
                [git.Git.GIT_PYTHON_GIT_EXECUTABLE, *where, *settings, *arguments],
                istream=given,
                as_process=True,
                env={**_ENVIRONMENT, **(environ or {})},
                start_new_session=True,
            )
        except git.GitCommandNotFound as fault:
            raise _missing() from fault
        return begun  # as long as it is referred to, its process is let live


def ask_system(*command: str) -> str:
    """What a small program of the system says, run the way git is; nothing where there is no such program."""
    git = _gitpython()
    try:
        said: str = git.Git().execute(command, with_exceptions=False, env={"LC_ALL": "C", "TZ": "UTC"})
    except git.GitCommandNotFound:
        return ""
    return said.strip()


def _gitpython() -> Any:
    """GitPython, which takes a tenth of a second to import, and only where git is asked.

    It hands on the whole environment of this process, so what must not be handed on is forgotten here.
    """
    for name in _OF_ANOTHER_CALL:
        os.environ.pop(name, None)
    try:
        import git
    except ImportError as fault:
        raise _missing() from fault
    return git


def _missing() -> HistoryError:
    return HistoryError(
        "there is no program git on this machine, and the history of deployments is kept with it",
        hint="install git, 2.30 or newer, and let it be found in PATH",
        code=ErrorCode.GIT_MISSING,
    )


def _name(arguments: tuple[str, ...]) -> str:
    """Which command of git it was, behind the settings that it was called with."""
    return next(one for one in arguments if one != "-c" and "=" not in one)


def _end(process: Any) -> None:
    """End a call that hangs, with whatever it has started, such as ssh."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
