"""HTTP on the outside: the door that asks for the key, and the native face with its handlers."""
