"""What a user of the SDK does, done by the unmodified SDK: upload, deploy, look up, call, update, read logs, delete.

Runs in the SDK's own environment, against whatever platform `FEDML_ENV_LOCAL_ON_PREMISE_PLATFORM_HOST` and `..._PORT`
name. Every step has a result that holds for any platform, so that two of them can be compared.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fedml
import yaml
from fedml.api.modules import model
from fedml.computing.scheduler.model_scheduler.device_client_constants import ClientConstants
from fedml.computing.scheduler.model_scheduler.device_model_cards import FedMLModelCards
from fedml.computing.scheduler.model_scheduler.device_model_object import FedMLEndpointDetail, FedMLModelObject
from fedml.computing.scheduler.scheduler_entry.resource_manager import FedMLResourceManager
from fedml.computing.scheduler.scheduler_entry.run_manager import FedMLRunManager

from tests.sdk.package import DEVICES, ENDPOINT, NAME, QUESTION, SPEC

PATIENCE_S = 60.0
POLL_S = 0.2

Step = tuple[str, object]


def journey(key: str, model_url: str, workspace: Path) -> Iterator[Step]:
    """Every step's name and what the SDK made of the platform's answers.

    Args:
        key: the API key.
        model_url: where the first version's archive can be fetched.
        workspace: a configuration for `fedml model create`, of the second version; more than 20 MiB, so that its
            upload takes two parts.
    """
    cards = FedMLModelCards.get_instance()
    yield "import it", fedml.__version__
    yield "check a wrong key", FedMLResourceManager.get_instance().check_heartbeat(f"not-{key}")
    yield "log in", fedml.api.fedml_login(key)[0]
    yield "list all cards before the first", _told(model.list_models("*", local=False))
    yield (
        "upload a card by its URL",
        _uploaded(cards.upload_model_api(NAME, dict(SPEC), model_url, "", "", key, version=None)),
    )
    first = _card()
    yield "list the card", _told([first])
    yield "deploy it", _deploy(None)
    yield "deploy another one of that name", _deploy(None)
    detail = _until(lambda: cards.query_endpoint_detail_api(ENDPOINT, key), lambda found: _serves(found, first))
    yield "look it up by name", _described(detail)
    yield "look it up by id", _described(cards.query_endpoint_detail_api(None, key, detail.endpoint_id))
    yield "call it", _called(cards, key, detail)
    yield from _update(cards, key, detail, first, workspace)
    yield "read its logs", _until(lambda: _logged(key, detail), lambda found: found)
    yield "delete it", cards.delete_endpoint_api(key, detail.endpoint_id) is not None
    gone = _until(
        lambda: [cards.query_endpoint_detail_api(None, key, detail.endpoint_id)], lambda found: found == [None]
    )
    yield "look for it by id", gone[0]
    yield "look for it by name", cards.query_endpoint_detail_api(ENDPOINT, key)


def _update(
    cards: FedMLModelCards, key: str, detail: FedMLEndpointDetail, first: FedMLModelObject, workspace: Path
) -> Iterator[Step]:
    yield "pack the card", model.create(NAME, model_config=str(workspace))
    archive = Path(ClientConstants.get_model_package_dir()) / f"{NAME}.zip"
    stored = fedml.api.upload(str(archive), key)
    yield "store its archive", stored.code.name
    config = Path(ClientConstants.get_model_dir()) / NAME / ClientConstants.MODEL_REQUIRED_MODEL_CONFIG_FILE
    parameters = yaml.safe_load(config.read_text())
    answer = cards.upload_model_api(NAME, parameters, stored.data, "", "", key, model_id=first.id, version=None)
    yield "upload a new version of the card", _uploaded(answer)
    second = _card()
    same = {"same id": second.id == first.id, "same version": second.model_version == first.model_version}
    yield "list the card again", [*_told([second]), same]
    yield "deploy the new version", _deploy(str(detail.endpoint_id))
    updated = _until(
        lambda: cards.query_endpoint_detail_api(None, key, detail.endpoint_id), lambda found: _serves(found, second)
    )
    yield "wait for the new version", _described(updated)
    yield "call the new version", _called(cards, key, detail)


def _card() -> FedMLModelObject:
    found = model.list_models(NAME, local=False)
    assert len(found) == 1, f"{len(found)} cards of the name {NAME}"
    return found[0]


def _told(cards: list[FedMLModelObject]) -> list[dict[str, object]]:
    return [{"name": card.model_name, "newest": card.model_version == card.latest_model_version} for card in cards]


def _uploaded(answer: dict[str, object] | None) -> object:
    return None if answer is None else answer["code"]


def _deploy(endpoint_id: str | None) -> bool:
    master, workers = DEVICES
    return model.deploy(NAME, ENDPOINT, endpoint_id=endpoint_id, master_ids=master, worker_ids=workers, use_remote=True)


def _serves(found: FedMLEndpointDetail | None, card: FedMLModelObject) -> bool:
    return found is not None and found.status == "DEPLOYED" and found.model_version == card.model_version


def _described(found: FedMLEndpointDetail) -> dict[str, object]:
    return {
        "endpoint": found.endpoint_name,
        "model": found.model_name,
        "status": found.status,
        "resource": found.resource_type,
        "devices": json.loads(found.edge_id),
        "example": found.input_json,
    }


def _called(cards: FedMLModelCards, key: str, detail: FedMLEndpointDetail) -> object:
    said = cards.endpoint_inference_api(key, str(detail.endpoint_id), json.dumps(dict(QUESTION)))
    return json.loads(said) if said else None


def _logged(key: str, detail: FedMLEndpointDetail) -> bool:
    logs = FedMLRunManager.get_instance().get_run_logs(str(detail.endpoint_id), 1, 1000, key)
    return logs is not None and any("starts" in line for line in logs.log_lines)


def _until(read: Callable[[], object], condition: Callable[[object], bool]) -> object:
    """What is read, once the condition holds, or the last reading when patience ends: the comparison tells."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(value := read()) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return value


def main() -> int:
    """Run the journey; the key comes on stdin, the steps go to a file as they are done, one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model-url", required=True)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--results", type=Path, required=True)
    arguments = parser.parse_args()
    with arguments.results.open("w") as results:
        for step, result in journey(sys.stdin.readline().strip(), arguments.model_url, arguments.workspace):
            results.write(json.dumps({"step": step, "sdk": result}) + "\n")
            results.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
