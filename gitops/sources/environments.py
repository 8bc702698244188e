"""What is wrong with the environments of a project that no model can see: names that lead nowhere, a remote in vain."""

from collections.abc import Collection

from gitops.diagnostics import Code
from gitops.model.desired import Environment, LocalPlatform, Project
from gitops.sources.declarations import Layer
from gitops.sources.findings import Findings
from gitops.sources.wording import did_you_mean, shown


def check_environments(findings: Findings, layer: Layer, project: Project) -> None:
    """Every environment's history; the one that it goes on with need not be declared any more."""
    heirs: dict[str, str] = {}
    for name, environment in project.environments.items():
        if environment.previously == name:
            summary = f"environments.{name}.previously names the environment itself"
            hint = "name the environment whose history it goes on with, or remove the key"
            findings.error(Code.INVALID_VALUE, summary, layer.place(("environments", name, "previously")), hint)
        elif environment.previously in project.environments:
            summary = (
                f"environments.{name}.previously names {environment.previously}, which is declared too: both would own "
                "the same endpoints"
            )
            hint = "remove the environment that it goes on with, or remove the key"
            findings.error(Code.INVALID_VALUE, summary, layer.place(("environments", name, "previously")), hint)
        elif environment.previously is not None and (first := heirs.setdefault(environment.previously, name)) != name:
            summary = (
                f"environments.{name}.previously names {environment.previously}, which {first} goes on with already"
            )
            hint = "one environment can go on with another; let the other one begin anew"
            findings.error(Code.INVALID_VALUE, summary, layer.place(("environments", name, "previously")), hint)
        if environment.history.remote is not None and isinstance(environment.platform, LocalPlatform):
            summary = (
                f"environments.{name}.history.remote is set, but the history of an embedded platform is never pushed"
            )
            hint = "remove it; what a platform of kind local serves is nobody else's"
            findings.error(Code.INVALID_VALUE, summary, layer.place(("environments", name, "history", "remote")), hint)


def check_protected(
    findings: Findings, layer: Layer, name: str, environment: Environment, known: Collection[str]
) -> None:
    """The endpoints that an environment protects: one that is not declared may be the very reason, so it is a remark.

    Args:
        known: the names of the declared endpoints.
    """
    for index, endpoint in enumerate(environment.protect):
        if endpoint not in known:
            summary = f"environment {name} protects the endpoint {shown(endpoint)}, which nothing declares"
            otherwise = "as long as it is served it is not deleted; remove it from protect once it may be, or is gone"
            hint = did_you_mean(endpoint, known, otherwise)
            place = layer.place(("environments", name, "protect", index))
            findings.warning(Code.UNKNOWN_ENDPOINT, summary, place, hint)
