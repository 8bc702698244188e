"""An endpoint's `version` and what the platform has -> the version to serve, or the reason why it must be pushed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gitops.diagnostics import Code, Diagnostic, error
from gitops.model.card import DIGEST_PREFIX, CardContent, short_digest
from gitops.model.change import VersionRef
from gitops.model.desired import DesiredEndpoint
from gitops.model.field import Traits
from gitops.model.live import Absent, Live, ModelVersion

_MORE: Final = 4
"""So many digits are added at a time, until digests can be told apart."""

_OTHER_CONTENT: Final = "its files or configuration changed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version that an endpoint asks for.

    Attributes:
        version: without a name if the platform does not have it yet.
        push_reason: why it has to be pushed, for people; empty if nothing has to be.
        not_compared: names of secrets whose change could not be seen.
    """

    version: VersionRef
    push_reason: str = ""
    not_compared: tuple[str, ...] = ()


def resolve(
    declared: DesiredEndpoint,
    versions: Sequence[ModelVersion],
    secrets: Mapping[str, str | None],
    live: Live | Absent,
    traits: Traits,
    card: CardContent | None = None,
) -> Wanted | Diagnostic:
    """What an endpoint's `version` means on this platform.

    Args:
        declared: with the digest of the card as its files lie here, where `version` is `current`.
        versions: of the endpoint's model, oldest first; where the platform lists the newest only, those that are
            remembered besides.
        secrets: variable name -> keyed digest of its value now; None where it cannot be compared.
        live: the endpoint; its version is there, listed or not.
        traits: whether the platform lists its versions.
        card: the model's card as its files lie here, for a `sha256:` that is its digest.

    Returns:
        The version, the newest where several are equal; or the `unknown-version` diagnostic.
    """
    digest = declared.digest
    if declared.endpoint.version.startswith(DIGEST_PREFIX):
        found = _by_digest(declared, versions, card)
        if not isinstance(found, str):
            return found
        digest = found
    if digest is None:
        return _named(declared, versions) if traits.lists_versions else _named_unlisted(declared, versions, live)
    not_compared = tuple(sorted(name for name, digest in secrets.items() if digest is None))
    for version in reversed(versions):
        if version.carries(digest, secrets):
            return Wanted(VersionRef(name=version.name, digest=version.digest), not_compared=not_compared)
    reason = _push_reason(digest, versions, secrets)
    if reason == _OTHER_CONTENT and not traits.lists_versions:
        reason = _not_the_newest(versions[-1])
    return Wanted(VersionRef(digest=digest), push_reason=reason)


def _by_digest(
    declared: DesiredEndpoint, versions: Sequence[ModelVersion], card: CardContent | None
) -> str | Wanted | Diagnostic:
    """A version by the beginning of its digest: the digest of the card here, which may have to be pushed, or the
    version that the platform, or the history, has."""
    endpoint, prefix = declared.endpoint, declared.endpoint.version
    known = [version for version in versions if version.digest and version.digest.startswith(prefix)]
    here = card.digest if card is not None and card.digest.startswith(prefix) else None
    digests = sorted({version.digest for version in known if version.digest} | ({here} if here else set()))
    if len(digests) == 1:
        newest = known[-1] if known else None
        return here or (Wanted(VersionRef(name=newest.name, digest=newest.digest)) if newest else digests[0])
    if digests:
        return error(
            Code.UNKNOWN_VERSION,
            f"endpoint {endpoint.name} asks for {prefix} of {endpoint.model}, which begins {len(digests)} digests",
            declared.place("version"),
            f"write more of it: {', '.join(_apart(digests))}",
        )
    listed = ", ".join(f"{version.name} {short_digest(version.digest)}" for version in versions[-10:] if version.digest)
    return error(
        Code.UNKNOWN_VERSION,
        f"endpoint {endpoint.name} asks for {prefix} of {endpoint.model}, which neither the platform nor the history "
        "has, and which is not the card as its files lie here",
        declared.place("version"),
        f"known are {listed}" if listed else "no version with a digest is known; write version: current to push one",
    )


def _apart(digests: Sequence[str]) -> Iterator[str]:
    """The digests, each as short as lets them be told apart."""
    length = len(short_digest(digests[0]))
    while len({digest[:length] for digest in digests}) < len(digests):
        length += _MORE
    return (digest[:length] for digest in digests)


def _push_reason(digest: str, versions: Sequence[ModelVersion], secrets: Mapping[str, str | None]) -> str:
    if not versions:
        return "never pushed"
    for version in reversed(versions):
        if version.digest == digest:
            other = version.other_secrets(secrets)
            return f"secret{'s' if len(other) > 1 else ''} {', '.join(other)} changed"
    if all(version.digest is None for version in versions):
        return "the platform does not know the content of the versions that it has"
    return _OTHER_CONTENT


def _not_the_newest(newest: ModelVersion) -> str:
    return (
        f"its files or configuration differ from {newest.name}; only the newest version can be compared, so an older "
        "content is pushed again, while version: vN uses one"
    )


def _named(declared: DesiredEndpoint, versions: Sequence[ModelVersion]) -> Wanted | Diagnostic:
    """`v3` is the version called `v3`, or `v3-` and something that the platform added."""
    endpoint = declared.endpoint
    for version in reversed(versions):
        if version.name == endpoint.version or version.name.startswith(f"{endpoint.version}-"):
            return Wanted(VersionRef(name=version.name, digest=version.digest))
    summary = f"endpoint {endpoint.name} asks for {endpoint.version} of {endpoint.model}, which the platform "
    if not versions:
        return error(
            Code.UNKNOWN_VERSION,
            summary + "has never seen",
            declared.place("version"),
            "write version: current to push the card as its files lie here",
        )
    return error(
        Code.UNKNOWN_VERSION,
        summary + "does not have",
        declared.place("version"),
        f"it has {_listed(versions)}; or write version: current to push the card as its files lie here",
    )


def _named_unlisted(
    declared: DesiredEndpoint, versions: Sequence[ModelVersion], live: Live | Absent
) -> Wanted | Diagnostic:
    """As `_named` where only the newest version is listed: the one that serves is known too, a whole name is taken."""
    endpoint, known = declared.endpoint, list(versions)
    if isinstance(live, Live) and live.version and live.model == endpoint.model:
        known.insert(0, ModelVersion(name=live.version, digest=live.digest))
    found = _named(declared, known)
    if isinstance(found, Wanted):
        return found
    if "-" in endpoint.version:
        return Wanted(VersionRef(name=endpoint.version))
    return error(
        Code.UNKNOWN_VERSION,
        f"endpoint {endpoint.name} asks for {endpoint.version} of {endpoint.model}, which is neither its newest "
        "version nor the one that the endpoint serves, and the platform does not list the others",
        declared.place("version"),
        f"write its whole name as the console shows it, like {endpoint.version}-Tue Nov 24 08:00:00 GMT 2026; or "
        "version: current to push the card as its files lie here",
    )


def _listed(versions: Sequence[ModelVersion]) -> str:
    """The names, the newest ten where there are more."""
    names = [version.name for version in versions[-10:]]
    older = len(versions) - len(names)
    return ", ".join(names) + (f" and {older} older" if older else "")
