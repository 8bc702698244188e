"""Real servers on loopback: one that answers and remembers, with TLS or without, and a proxy in front of it."""

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CARDS = {"code": "SUCCESS", "message": "", "data": {"total": 0, "totalPage": 0, "data": []}}


class Server(ThreadingHTTPServer):
    """Answers every POST with an empty list of cards, or with what `answer` says: (status, headers, body)."""

    daemon_threads = True

    def __init__(self, context=None, answer=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.tunnel = None
        self.answer = answer or (200, {}, json.dumps(CARDS).encode())
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """A client that distrusts the certificate hangs up; that is what the test is about."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, dict(self.headers), body))
        status, headers, content = self.server.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def do_CONNECT(self):
        self.server.seen.append((self.path, dict(self.headers), b""))
        self.close_connection = True
        if self.server.tunnel is None:
            self.send_error(407)
            return
        with socket.create_connection(("127.0.0.1", self.server.tunnel)) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=copy, args=(there, self.connection), daemon=True)
            back.start()
            copy(self.connection, there)
            back.join(10)

    def log_message(self, *args):
        pass


def copy(source, target):
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def serving(context=None, answer=None):
    server = Server(context, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def context_for(authority, host):
    """A server's TLS for a host, its certificate issued by a `trustme.CA`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context
