"""What the files declare, where nobody can be asked and nothing is remembered that it could be compared with."""

from collections.abc import Iterator

from gitops.model.desired import Desired
from gitops.model.plan import Declaration
from gitops.planning.remembered import Terms


def declarations(desired: Desired, terms: Terms) -> Iterator[Declaration]:
    """Every declared endpoint that is planned, by name."""
    for name in sorted(desired.endpoints):
        declared = desired.endpoints[name]
        if not terms.selects(name):
            continue
        endpoint = declared.endpoint
        yield Declaration(
            endpoint=name,
            model=endpoint.model,
            version=endpoint.version,
            digest=declared.digest,
            replicas=endpoint.first_replicas,
            autoscale=endpoint.autoscale,
            gpus_per_replica=endpoint.gpus_per_replica or 0,
            place=declared.place(""),
        )
