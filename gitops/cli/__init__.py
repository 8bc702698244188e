"""The words the user types. `wiring` is the only module of the project that names adapters."""
