"""What is said about a key whose value is not accepted: its form in words, and an example of a right one.

By the last key of the way to it, or the last two where one says too little.
"""

from typing import Final

PATTERNS: Final = {
    "version": "current, a version like v3, or sha256: or commit: with at least 7 digits",
    "url": "an address that begins with http:// or https://, without a path",
    "packages.url": "an address that begins with http:// or https://",
    "path": "a path that begins with /, without ? and #",
    "master": "a device id: up to 19 digits",
    "workers": "a device id: up to 19 digits",
}
"""What a text must be, as the end of a sentence."""

HINTS: Final = {
    "replicas": "the number of copies that serve, from 1 to 1000",
    "autoscale": "for example {min_replicas: 1, max_replicas: 8, requests_per_replica: 10}",
    "min_replicas": "the fewest replicas that it may have, from 1 to 1000",
    "max_replicas": "the most replicas that it may have, from 1 to 1000",
    "requests_per_replica": "the requests that one replica can answer within the window, at least 1",
    "window": "for example 60s: how far back requests are counted",
    "scale_down_delay": "for example 120s: how long fewer replicas must do before it goes down; 0s goes down at once",
    "version": "possible are current (the card as its files lie here), a version that the platform named, like v3, "
    "sha256:1f2e3d4 (a content) and commit:1f2e3d4 (the card as it was at that commit)",
    "kind": "possible are local (the embedded platform) and tensoropera",
    "url": "write it like https://open.fedml.ai or http://127.0.0.1:8080",
    "packages.url": "for example https://packages.example.com/{model}/{digest}.zip",
    "path": "below the platform's url, for example /fedmlModelServer/api/v1/endpoint/autoscale; queries go into query",
    "gpus_per_replica": "GPUs that every replica gets, from 0 to 64",
    "max_unavailable": "for example 0, 1 or 25%",
    "max_surge": "for example 0, 1 or 25%",
    "batches": "for example [1, 50%, 100%]",
    "progress_deadline": "for example 90s or 10m",
    "depends_on": "names of declared endpoints, for example [embedder]",
    "deletion": "possible are allow and protect",
    "limits": "for example {deletes: 1, updates: 30%}",
    "limits.deletes": "how many endpoints one apply may delete unacknowledged, for example 0, 1 or 10%",
    "limits.adoptions": "how many endpoints of nobody one apply may take over unacknowledged, for example 0 or 1",
    "limits.updates": "how many endpoints one apply may change unacknowledged, for example 10 or 30%",
    "limits.capacity_drop": "how many replicas one apply may take away unacknowledged, for example 5 or 20%",
    "protect": "names of endpoints that are never deleted, for example [aloha]",
    "history": "for example {remote: origin}",
    "history.remote": "the name of a remote of the repository, for example origin",
    "previously": "the name that the environment had before, for example staging",
    "known": "for example [{endpoint: aloha, field: replicas, owner: ada, reason: sale, expires: 2026-12-31}]",
    "known.endpoint": "the name of a declared endpoint",
    "known.field": "a field of an endpoint, or endpoint for whether it is there",
    "known.live": "the value as the plan shows it; leave it out for any",
    "known.owner": "who answers for it",
    "known.reason": "why it differs, for those who read the plan",
    "known.expires": "the last day on which it counts, for example 2026-12-31",
    "include": "for example [models/*.yaml, endpoints/*.yaml]",
    "environments": "for example environments: {local: {platform: {kind: local}}}",
    "platform": "for example platform: {kind: local}",
    "resource": "for example {type: on_premise, master: 101, workers: [102, 103]}",
    "workers": "device ids as the platform shows them, for example [102, 103]",
    "master": "a device id as the platform shows it, for example 101",
    "type": "possible are on_premise, fedml_cloud and public_cloud",
    "operations": "name -> {method, path, auth, body}; the documentation has a table of them",
    "ca_bundle": "a PEM file, relative to gitops.yaml",
    "port": "the port that the model listens on, from 1 to 65535",
    "environment_variables": "for example {LEVEL: debug}",
    "model": "the name of a declared model card",
    "workspace": "the folder with the card's files, relative to this file",
    "memory": "for example 512m or 8g, a bare number is bytes; leave it out for no limit",
    "deploy_timeout_sec": "seconds that a bootstrap, and then a replica, may take to get ready, for example 600",
    "deploy_timeout": "seconds that a bootstrap, and then a replica, may take to get ready, for example 600",
    "request_timeout_sec": "seconds that a replica may take to begin its answer, for example 30",
    "readiness_probe": "for example /ready, or {httpGet: {path: /ready}}",
    "liveness_probe": "for example /ready, or {httpGet: {path: /ready}}",
    "service": "for example {httpPost: {path: /predict}}",
}
"""What to do."""
