"""A model that holds 10 MiB and answers every request with 200, on nothing but a socket: hundreds of it fit a machine.

It is the entry point of the card that `benchmarks/idle.py` pushes, and uses nothing of this repository.
"""

import os
import socket

WEIGHTS = b"\x01" * (10 << 20)  # not zeros, which would take no memory until they are touched
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


def serve() -> None:
    """One connection after the other, one request on each."""
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(5)
            try:
                if connection.recv(65536):
                    connection.sendall(ANSWER)
            except OSError:
                continue


if __name__ == "__main__":
    serve()
