"""The one table of what is asked of TensorOpera: each operation's method, path, key, body and success.

Every row is exactly what fedml 0.9.6 sends, read in its source and recorded from it. An environment may lay rows of
its own over them, or add the two that fedml does not have: `set_autoscale` and `set_gpus`.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gitops.errors import UsageError
from gitops.model.operation import Auth, OperationRow, Success
from gitops.platforms.tensoropera.templates import placeholders
from gitops.platforms.traits import TENSOROPERA
from gitops.wire import tensoropera as wire

SET_AUTOSCALE: Final = "set_autoscale"
SET_GPUS: Final = "set_gpus"

_NEW_CARD: Final = {
    "description": "{model_name}",
    "githubLink": "",
    "modelName": "{model_name}",
    "modelUrl": "{package_url}",
    "owner": "",
    "parameters": "{parameters}",
    "updateBy": "",
    "userId": "",
    "isFromOpen": 0,
    "modelNetUrl": "",
    "tagList": [],
    "id": "{model_id}",
    "modelVersion": None,
}
"""`fedml model push` sends it with and without `-i`: an `id` makes a new version of that card, null a new card."""

_NEW_ENDPOINT: Final = {
    "edgeId": "{edge_ids}",
    "endpointName": "{endpoint_name}",
    "modelId": "{model_id}",
    "modelVersion": "{model_version}",
    "resourceType": "{resource_type}",
    "userId": "",
}

KNOWN: Final[Mapping[str, OperationRow]] = MappingProxyType(
    {
        # [S] resource_manager.py: valid if the code is SUCCESS and data is true.
        "heartbeat": OperationRow(
            method="POST", path=wire.HEARTBEAT, auth=Auth.BODY_API_KEY, body={}, success=Success.TRUE
        ),
        # [S] storage.py: data.id is the user that files are put under.
        "user": OperationRow(method="POST", path=wire.USER, auth=Auth.BODY_API_KEY, body={}, success=Success.DATA),
        # [S] device_model_cards.py, list_models: the one call with words joined by underscores.
        "list_cards": OperationRow(
            method="POST",
            path=wire.LIST_CARDS,
            auth=Auth.BODY_USER_API_KEY,
            body={"model_name": "{model_name}", "page_num": "{page}", "page_size": "{page_size}", "user_id": ""},
            success=Success.DATA,
        ),
        # [S] device_model_cards.py, upload_model_api.
        "create_card": OperationRow(method="POST", path=wire.CREATE_CARD, auth=Auth.BODY_API_KEY, body=_NEW_CARD),
        # [S] upload_model_api too: a push with an id; updateFromCli is what `fedml launch` alone uses.
        "update_card": OperationRow(method="POST", path=wire.CREATE_CARD, auth=Auth.BODY_API_KEY, body=_NEW_CARD),
        # [S] device_model_cards.py, deploy_model_api.
        "create_endpoint": OperationRow(
            method="POST", path=wire.CREATE_ENDPOINT, auth=Auth.BODY_API_KEY, body=_NEW_ENDPOINT
        ),
        # [S] deploy_model_api with endpoint_id.
        "update_endpoint": OperationRow(
            method="POST",
            path=wire.CREATE_ENDPOINT,
            auth=Auth.BODY_API_KEY,
            body={**_NEW_ENDPOINT, "id": "{endpoint_id}"},
        ),
        # [S] device_model_cards.py, delete_endpoint_api: data that is not empty is success.
        "delete_endpoint": OperationRow(
            method="POST",
            path=wire.DELETE_ENDPOINT,
            auth=Auth.BODY_API_KEY,
            body={"endpointId": "{endpoint_id}"},
            success=Success.DATA,
        ),
        # [S] device_model_cards.py, get_endpoint_detail_by_id.
        "endpoint_by_id": OperationRow(
            method="GET", path=wire.ENDPOINT_BY_ID, auth=Auth.BEARER_API_KEY, query={"endpointId": "{endpoint_id}"}
        ),
        # [S] device_model_cards.py, get_endpoint_detail_by_name.
        "endpoint_by_name": OperationRow(
            method="GET",
            path=wire.ENDPOINT_BY_NAME,
            auth=Auth.BEARER_API_KEY,
            query={"endpointName": "{endpoint_name}"},
        ),
        # [S] job_monitor.py, autoscale: agents of today send the endpoint's token. The change that introduced the call
        # (54dca86b5) sent the API key, and so do we where no token is known.
        "set_replicas": OperationRow(
            method="POST",
            path=wire.AUTO_SCALE,
            auth=Auth.BEARER_OF_ENDPOINT,
            body={"endpointId": "{endpoint_id}", "replicasDesired": "{replicas}"},
            success=Success.TRUE,
        ),
        # [S] device_model_cards.py, endpoint_inference: the body is the request itself.
        "infer": OperationRow(method="POST", path=wire.INFERENCE, auth=Auth.BEARER_API_KEY, success=Success.RAW),
        # [S] run_manager.py, get_run_logs; agents upload an endpoint's lines under its id as run.
        "logs": OperationRow(
            method="POST",
            path=wire.LOGS,
            auth=Auth.BODY_API_KEY,
            body={"pageNum": "{page}", "pageSize": "{page_size}", "runId": "{endpoint_id}", "timeZone": "Etc/UTC"},
            success=Success.DATA,
        ),
        # [S] storage.py, _get_presigned_url.
        "begin_upload": OperationRow(
            method="GET",
            path=wire.PRESIGNED,
            auth=Auth.BEARER_API_KEY,
            query={"fileKey": "{file_key}", "partNumber": "{parts}"},
            success=Success.DATA,
        ),
        # [S] storage.py, _complete_multipart_upload: data is the file's URL.
        "complete_upload": OperationRow(
            method="POST",
            path=wire.UPLOADED,
            auth=Auth.BEARER_API_KEY,
            body={"fileKey": "{file_key}", "partETags": "{part_etags}", "uploadId": "{upload_id}"},
            success=Success.DATA,
        ),
    }
)

READS: Final = frozenset(
    {"heartbeat", "user", "list_cards", "endpoint_by_id", "endpoint_by_name", "logs", "begin_upload"}
)
"""They change nothing that anybody sees, so they may be asked again."""

_CARD: Final = frozenset({"model_name", "model_id", "package_url", "parameters"})
_ENDPOINT: Final = frozenset(
    {"endpoint_id", "endpoint_name", "model_name", "model_id", "model_version", "edge_ids", "resource_type"}
)
ARGUMENTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "heartbeat": frozenset(),
        "user": frozenset(),
        "list_cards": frozenset({"model_name", "page", "page_size"}),
        "create_card": _CARD,
        "update_card": _CARD,
        "create_endpoint": _ENDPOINT - {"endpoint_id"},
        "update_endpoint": _ENDPOINT,
        "delete_endpoint": _ENDPOINT,
        "endpoint_by_id": frozenset({"endpoint_id"}),
        "endpoint_by_name": frozenset({"endpoint_name"}),
        "set_replicas": _ENDPOINT | {"replicas"},
        "infer": _ENDPOINT,
        "logs": frozenset({"endpoint_id", "endpoint_name", "page", "page_size"}),
        "begin_upload": frozenset({"file_key", "parts"}),
        "complete_upload": frozenset({"file_key", "part_etags", "upload_id"}),
        SET_AUTOSCALE: _ENDPOINT
        | {
            "autoscaling",
            "min_replicas",
            "max_replicas",
            "requests_per_replica",
            "window_s",
            "scale_down_delay_s",
            "replicas",
        },
        SET_GPUS: _ENDPOINT | {"gpus_per_replica", "replicas"},
    }
)
"""Operation -> the placeholders that a row of it may name."""


def table(own: Mapping[str, OperationRow]) -> Mapping[str, OperationRow]:
    """The known rows, with an environment's own laid over them.

    Raises:
        UsageError: a row has a name that nothing asks for, or names a placeholder that nothing fills.
    """
    for name, row in own.items():
        for problem in _problems(name, row):
            raise UsageError(f"operations.{name} of the environment {problem}", hint=_hint(name))
    return MappingProxyType({**KNOWN, **own})


def _problems(name: str, row: OperationRow) -> Iterator[str]:
    if name not in ARGUMENTS:
        yield "is an operation that gitops does not know"
        return
    unknown = sorted(placeholders([row.path, row.query, row.body]) - ARGUMENTS[name])
    if unknown:
        yield f"names {{{unknown[0]}}}, which nothing fills"
    if row.method == "GET" and (row.body is not None or row.auth in {Auth.BODY_API_KEY, Auth.BODY_USER_API_KEY}):
        yield "is a GET, which has no body"


def _hint(name: str) -> str:
    if name not in ARGUMENTS:
        return f"operations are {', '.join(sorted(ARGUMENTS))}"
    known = ", ".join(f"{{{argument}}}" for argument in sorted(ARGUMENTS[name]))
    return f"it may name {known}" if known else "it takes no placeholders"


def where_manual(rows: Mapping[str, OperationRow]) -> dict[str, str]:
    """What no row can do -> where people do it in the console."""
    fields = {SET_AUTOSCALE: "autoscale", SET_GPUS: "gpus_per_replica"}
    return {name: TENSOROPERA.fields[field].where for name, field in fields.items() if name not in rows}
