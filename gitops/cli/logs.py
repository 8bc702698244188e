"""The word `logs`: what an endpoint's replicas have said."""

from typing import Annotated

import typer

from gitops.cli import options
from gitops.errors import ExitCode

Endpoint = Annotated[str, typer.Argument(help="The endpoint.", show_default=False)]
Replica = Annotated[
    str | None,
    typer.Option("--replica", metavar="ID", envvar="GITOPS_REPLICA", help="Of one replica only, living or dead."),
]
Version = Annotated[
    str | None,
    typer.Option(
        "--version", metavar="V", envvar="GITOPS_VERSION", help="Of replicas of one version only, and its bootstrap."
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", envvar="GITOPS_SINCE", help="From 10m ago on, or from an ISO time (UTC)."),
]
Grep = Annotated[
    str | None,
    typer.Option("--grep", metavar="REGEX", envvar="GITOPS_GREP", help="Lines with a match; tracebacks stay whole."),
]
Least = Annotated[
    str,
    typer.Option("--severity", envvar="GITOPS_SEVERITY", help="At least: debug, info, warning or error."),
]
Tail = Annotated[
    int | None,
    typer.Option("--tail", metavar="N", min=0, envvar="GITOPS_TAIL", help="Only the newest N of these lines."),
]
Follow = Annotated[
    bool, typer.Option("--follow", "-f", envvar="GITOPS_FOLLOW", help="Go on with what comes, until Ctrl-C.")
]
Events = Annotated[
    bool, typer.Option("--events", envvar="GITOPS_EVENTS", help="With the platform's own events between the lines.")
]


def add_to(app: typer.Typer) -> None:
    """Add `logs`."""
    app.command()(logs)


def logs(
    endpoint: Endpoint,
    replica: Replica = None,
    version: Version = None,
    since: Since = None,
    grep: Grep = None,
    severity: Least = "debug",
    tail: Tail = None,
    follow: Follow = False,
    events: Events = False,
    env: options.Env = None,
    json: options.Json = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Show what an endpoint's replicas have said, the dead ones too."""
    from gitops.cli.wiring import Screen, Shop, new_clock, open_console
    from gitops.model.log import LogQuery
    from gitops.workflows.logs import Wish, parse_grep, parse_severity, parse_since
    from gitops.workflows.logs import logs as work

    clock = new_clock()
    from_then = parse_since(since, clock.now()) if since is not None else None
    wish = Wish(
        endpoint=endpoint,
        query=LogQuery(replica=replica, version=version, since=from_then, events=events),
        grep=parse_grep(grep) if grep is not None else None,
        least=parse_severity(severity),
        tail=tail,
        follow=follow,
    )
    console = open_console(color=color, quiet=quiet, verbose=False)
    screen, shop = Screen(console, json=json), Shop.open(project, var or (), console)
    work(shop.source, shop.connect, shop.reach, env, wish, clock, screen.logs(), console.news)
    return ExitCode.DONE
