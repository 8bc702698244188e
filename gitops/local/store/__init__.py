"""The memory of an installation: endpoints, versions, replicas and events in SQLite, packages as folders."""
