"""The options that several commands share, each also an environment variable GITOPS_<FLAG>."""

from pathlib import Path
from typing import Annotated

import typer

Env = Annotated[
    str | None, typer.Option("--env", "-e", envvar="GITOPS_ENV", help="The environment; default: the project's own.")
]
Json = Annotated[bool, typer.Option("--json", envvar="GITOPS_JSON", help="Print JSON on stdout.")]
Color = Annotated[str, typer.Option("--color", envvar="GITOPS_COLOR", help="auto, always or never.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar="GITOPS_QUIET", help="No news, only results and errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", envvar="GITOPS_VERBOSE", help="More details.")]
Var = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A value for ${var:NAME}; also GITOPS_VAR_<NAME>."),
]
Folder = Annotated[
    Path | None,
    typer.Option("--project", "-C", envvar="GITOPS_PROJECT", help="The project's folder; default: here or above."),
]
DetailedExitCode = Annotated[
    bool,
    typer.Option("--detailed-exitcode", envvar="GITOPS_DETAILED_EXITCODE", help="Exit with 2 if there are changes."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", "--auto-approve", envvar="GITOPS_YES", help="Apply without asking.")]
Parallelism = Annotated[
    int,
    typer.Option("--parallelism", envvar="GITOPS_PARALLELISM", min=1, max=64, help="Endpoints at work at once."),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="REVISION",
        envvar="GITOPS_BASE",
        help="Compare with the files of a commit.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="ENDPOINT", envvar="GITOPS_ONLY", help="Plan this endpoint alone; may be repeated."),
]
OnlyDeclared = Annotated[
    bool, typer.Option("--only-declared", envvar="GITOPS_ONLY_DECLARED", help="Leave drift as it is.")
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="NAME=N,...",
        envvar="GITOPS_ALLOW",
        help="Acknowledge what guards count.",
    ),
]
Offline = Annotated[
    bool,
    typer.Option("--offline", envvar="GITOPS_OFFLINE", help="Ask no platform; compare with the last apply."),
]
NoFetch = Annotated[
    bool,
    typer.Option("--no-fetch", envvar="GITOPS_NO_FETCH", help="Do not ask the history's remote."),
]
LockTimeout = Annotated[
    str,
    typer.Option(
        "--lock-timeout",
        metavar="DURATION",
        envvar="GITOPS_LOCK_TIMEOUT",
        help="Wait so long for whoever is at work.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", envvar="GITOPS_DRY_RUN", help="Only show the plan.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the plan as JSON, for apply FILE.")]
Markdown = Annotated[bool, typer.Option("--markdown", envvar="GITOPS_MARKDOWN", help="Print Markdown on stdout.")]
