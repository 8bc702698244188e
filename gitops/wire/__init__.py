"""The platform's HTTP contract: paths and messages, shared by client and embedded server. No behaviour lives here."""
