"""What the edges implement and the use cases speak: protocols, and the few values that only cross them."""

from gitops.ports.history import Deployment, DeploymentDetail, History, Past, Repository, Tenure
from gitops.ports.platform import CardArchive, Connect, Patient, Platform, PlatformReader, PushedCard, TraitsOf
from gitops.ports.project import Baselines, Editor, Loaded, LoadedBaseline, Packager, SnapshotShelf, Source
from gitops.ports.surroundings import Clock, EventSink, StopSignal

__all__ = [
    "Clock",
    "StopSignal",
    "EventSink",
    "PlatformReader",
    "Platform",
    "Patient",
    "PushedCard",
    "CardArchive",
    "Connect",
    "TraitsOf",
    "Packager",
    "Loaded",
    "Source",
    "LoadedBaseline",
    "Baselines",
    "Editor",
    "SnapshotShelf",
    "Past",
    "Deployment",
    "DeploymentDetail",
    "Tenure",
    "History",
    "Repository",
]
