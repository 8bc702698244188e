"""Endpoints by name: each is there, or not, or the platform does not say, which is never taken for not.

A detail is a fact. That there is none is believed in three cases, each only where the key is good: SUCCESS without
data, the code `DATA_NO_EXIST_ERROR`, or a refusal whose words speak of it or that has none. What else a platform says
is an error that quotes it: an endpoint that is wrongly taken for absent would be created once more.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from gitops.errors import PlatformError, Rejected, ServerFault
from gitops.model.desired import Totals
from gitops.model.live import ABSENT, Absent, Live, ModelVersion
from gitops.platforms.crowd import ask_each
from gitops.platforms.tensoropera.answers import NO_SUCH_DATA, Answer
from gitops.platforms.tensoropera.calls import Calls
from gitops.platforms.tensoropera.cards import Cards, newest
from gitops.platforms.tensoropera.details import live_of
from gitops.wire.tensoropera import FAILURE, EndpointDetail

_NOT_THERE: Final = re.compile(
    r"\b(not? (be )?(exist|exists|found)|does ?n[o']t exist|no (such )?endpoint)\b|不存在|未找到", re.IGNORECASE
)
"""What back ends say; an environment whose platform says it otherwise names the words in `absent` of its row."""


_ABSENT_HINT: Final = (
    "if these words mean that there is no such endpoint, name them in "
    "platform.operations.endpoint_by_name.absent of the environment"
)


@dataclass(frozen=True, slots=True)
class Found:
    """An endpoint's detail, read and as it came."""

    detail: EndpointDetail
    raw: Mapping[str, Any] = field(repr=False)
    live: Live


class Endpoints:
    """The endpoints of one platform."""

    def __init__(self, calls: Calls, cards: Cards, totals: Totals) -> None:
        self._calls = calls
        self._cards = cards
        self._totals = totals

    def read(self, names: Collection[str]) -> Mapping[str, Live | Absent]:
        """Each of the names, with the digest of what serves where that is the newest version of its card."""
        answers = ask_each(names, self._answer)
        found = {name: self._found(name, answer) for name, answer in answers.items()}
        if any(one is None for one in found.values()):
            self._check_key()
        lives = [one.live for one in found.values() if one]
        models = {live.model for live in lives if live.model and live.version and not live.busy}
        versions = ask_each(models, self._newest)
        digests: dict[tuple[str, str | None], str | None] = {
            (model, one.name): one.digest for model, one in versions.items() if one
        }
        return {name: _with_digest(one.live, digests) if one else ABSENT for name, one in found.items()}

    def _newest(self, model: str) -> ModelVersion | None:
        """The newest version of a model; None where two cards have its name, which is no reason to know nothing."""
        try:
            return newest(self._cards.find(model))
        except Rejected:
            return None

    def find(self, name: str) -> Found | None:
        """One endpoint; None if there is none."""
        found = self._found(name, self._answer(name))
        if found is None:
            self._check_key()
        return found

    def need(self, name: str) -> Found:
        """One endpoint.

        Raises:
            Rejected: there is none.
        """
        found = self.find(name)
        if found is None:
            raise Rejected(
                f"the platform has no endpoint {name}", hint="plan again: it may have been deleted meanwhile"
            )
        return found

    def _answer(self, name: str) -> Answer:
        return self._calls.answer("endpoint_by_name", {"endpoint_name": name})

    def _check_key(self) -> None:
        """A wrong key must not make everything look absent.

        Raises:
            Unauthorized: the key is not good.
        """
        self._calls.data("heartbeat", {})

    def _found(self, name: str, answer: Answer) -> Found | None:
        if answer.good:
            raw = self._one(name, answer.data)
            return self._detail(name, raw) if raw else None
        if self._says_there_is_none(answer):
            return None
        fault = self._calls.fault("endpoint_by_name", answer)
        raise Rejected(f"endpoint {name}: {fault.message}", hint=_ABSENT_HINT) if type(fault) is Rejected else fault

    def _says_there_is_none(self, answer: Answer) -> bool:
        if answer.code != FAILURE or answer.forbidden:
            return answer.code == NO_SUCH_DATA
        words, own = answer.message.strip(), self._calls.row("endpoint_by_name").absent
        return not words or bool(_NOT_THERE.search(words)) or any(one in words for one in own)

    @staticmethod
    def _one(name: str, data: Any) -> Mapping[str, Any] | None:
        several = data if isinstance(data, list) else [data] if data not in (None, "") else []
        if len(several) > 1:
            ids = ", ".join(str(one.get("id")) if isinstance(one, dict) else "?" for one in several)
            raise Rejected(
                f"the platform has several endpoints named {name}: ids {ids}",
                hint="delete or rename all but one of them in the console: Model Serving > Endpoints",
            )
        if several and not isinstance(several[0], dict):
            raise ServerFault(f"the platform answered endpoint {name} with something that is no endpoint")
        return several[0] if several else None

    def _detail(self, name: str, raw: Mapping[str, Any]) -> Found:
        try:
            detail = EndpointDetail.model_validate(raw)
        except ValidationError as fault:
            raise _nonsense(name, fault) from None
        if detail.endpoint_name not in (None, name):
            raise Rejected(
                f"asked for endpoint {name}, the platform answered with {detail.endpoint_name} (id {detail.id})",
                hint="two endpoints with names that it takes for the same? rename one of them in the console",
            )
        return Found(detail, raw, live_of(name, detail, raw, self._totals))


def _nonsense(name: str, fault: ValidationError) -> PlatformError:
    first = fault.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return ServerFault(
        f"the platform answered endpoint {name} with something that is none: {place}: {first['msg']}",
        hint="is it of a version that gitops knows?",
    )


def _with_digest(live: Live, digests: Mapping[tuple[str, str | None], str | None]) -> Live:
    if live.busy:
        return live
    return live.model_copy(update={"digest": digests.get((live.model, live.version))})
