"""The embedded platform, a program of its own: server, store, supervisor, gateway. It knows the wire and the nouns."""
