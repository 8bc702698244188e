"""TensorOpera's HTTP contract: paths, envelope and messages, as fedml 0.9.6 speaks them. Client and face share it.

Everything here is read in the source of the fedml 0.9.6 package (`device_model_cards.py`, `device_model_object.py`,
`storage.py`, `job_monitor.py`). What a platform says is tolerant, and an id is text made of digits: 19 of them fit no
float.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from gitops.model.frozen import Tolerant
from gitops.model.resource import ResourceType

MODELS: Final = "/fedmlModelServer/api/v1"
OPS: Final = "/fedmlOpsServer/api/v1"
STORAGE: Final = "/system/api/v1/cli/oss/multipart"

LIST_CARDS: Final = f"{MODELS}/model/listFromCli"
CREATE_CARD: Final = f"{MODELS}/model/createFromCli"
UPDATE_CARD: Final = f"{MODELS}/model/updateFromCli"
CREATE_ENDPOINT: Final = f"{MODELS}/endpoint/createFromCli"
APPLY_ENDPOINT_ID: Final = f"{MODELS}/endpoint/applyEndpointId"
DELETE_ENDPOINT: Final = f"{MODELS}/endpoint/deleteFromCli"
ENDPOINT_BY_ID: Final = f"{MODELS}/endpoint/queryEndpointDetailFromCli"
ENDPOINT_BY_NAME: Final = f"{MODELS}/endpoint/queryDetailByNameFromCli"
AUTO_SCALE: Final = f"{MODELS}/endpoint/auto-scale"
REPLICA_INFO: Final = f"{MODELS}/endpoint/replica-info"
HEARTBEAT: Final = f"{OPS}/cli/heartBeat"
USER: Final = f"{OPS}/cli/getUser"
LOGS: Final = f"{OPS}/log/getLogsFromCli"
PRESIGNED: Final = f"{STORAGE}/presigned-url"
UPLOADED: Final = f"{STORAGE}/upload/complete"
INFERENCE: Final = "/inference/{endpoint_id}"

PART_BYTES: Final = 20 << 20
"""Size of the parts of an upload; the last one may be smaller."""

CONFIG_FILE: Final = "fedml_model_config.yaml"
"""The configuration inside a package; what runs is the card's `parameters`, which overwrite it."""

GITOPS_KEY: Final = "gitops"
"""Key of a card's `parameters` that carries what this tool must read back; workers pass unknown keys by."""

SUCCESS: Final = "SUCCESS"
FAILURE: Final = "FAILURE"
ENDPOINT_EXIST: Final = "ENDPOINT_EXIST"

RESOURCE_TYPES: Final = {
    ResourceType.ON_PREMISE: "md.on_premise_device",
    ResourceType.FEDML_CLOUD: "md.fedml_cloud_device",
    ResourceType.PUBLIC_CLOUD: "md.pubic_cloud_device",  # the typing mistake is the platform's
}


def _id(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Camel(Tolerant):
    """Named as everything here; on the wire the words are joined by capitals: `model_name` is `modelName`."""

    model_config = ConfigDict(alias_generator=to_camel)


Id = Annotated[str, BeforeValidator(_id), Field(pattern=r"^-?[0-9]{1,19}$"), PlainSerializer(int, return_type=int)]
"""An id: text here, a JSON number on the wire."""


class Envelope(Tolerant):
    """Around every answer. Success is HTTP 200 and code SUCCESS, and nothing else."""

    code: str
    message: str | None = None
    data: Any = None


class GitopsMark(Tolerant):
    """What this tool puts into a card's `parameters` under `gitops`, and reads back from the list of cards.

    Attributes:
        digest: of the card's content.
        secrets: variable name -> keyed digest, for the variables that came from the environment.
    """

    digest: str | None = None
    secrets: dict[str, str] = Field(default_factory=dict)


class CardObject(Camel):
    """A model card as the list tells it: its newest version only.

    fedml indexes every one of these keys, so who answers gives them all; who asks relies on as few as it can.
    """

    id: Id
    model_name: str
    model_type: str | None = None
    model_url: str | None = None
    commit_type: str | None = None
    description: str | None = None
    latest_model_version: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    owner: str | None = None
    github_link: str | None = None
    parameters: dict[str, Any] | None = None
    model_version: str | None = None
    file_name: str | None = None
    is_init: int | None = None
    is_from_open: int | None = None


class CardPage(Camel):
    """`data` of the list of cards."""

    total: int
    total_page: int
    page_num: int
    page_size: int
    data: list[CardObject]


class EndpointDetail(Camel):
    """An endpoint as either of the two detail calls tells it; every key may be missing.

    Those from `autoscaling` on are only known from a console, and are there where a platform chooses to tell them.
    """

    id: Id
    endpoint_name: str | None = None
    model_name: str | None = None
    model_id: Id | None = None
    model_version: str | None = None
    resource_type: str | None = None
    status: str | None = None
    edge_id: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    replicas: int | None = None
    online_replicas: int | None = None
    min: int | None = None
    max: int | None = None
    inference_engine: Any = None
    model_task_id: Any = None
    request_url: str | None = None
    input_json: str | None = None
    autoscaling: bool | None = None
    gpu_number_of_replica: int | None = None
    replica_ids: str | None = None
    token: str | None = Field(None, repr=False)
    target_queries_per_replica: int | None = None
    aggregation_window_size_seconds: float | None = None
    scale_down_delay_seconds: float | None = None


class LogPageObject(Camel):
    """`data` of the read of logs; pages count from 1."""

    log_full_url: str | None = Field(None, alias="log_full_url")
    total_size: int = 0
    total_pages: int = 0
    page_num: int = 1
    log_list: list[str] = Field(default_factory=list)


class Presigned(Camel):
    """`data` of the begin of an upload: one URL for each part, in order."""

    upload_id: str
    urls: list[str]


def edge_ids(devices: Sequence[str]) -> str:
    """Devices as the wire has them, a text shaped like a JSON list: the first is the master."""
    return "[" + ",".join(devices) + "]"


def devices_of(edge_id: str | None) -> tuple[str, ...]:
    """The devices of an `edgeId`; none where it is missing or shaped otherwise."""
    try:
        listed = json.loads(edge_id or "[]")
    except ValueError:
        return ()
    whole = isinstance(listed, list) and all(isinstance(one, int | str) and str(one).isdigit() for one in listed)
    return tuple(str(one) for one in listed) if whole else ()
