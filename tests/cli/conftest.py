# SPDX-License-Identifier: ISC
"""A resolver that only pretends: a control socket and a UDP/TCP port that give canned replies."""

from __future__ import annotations

import errno
import json
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from resolver.cli.main import run


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """No test may reach a resolver that happens to run on this machine."""
    for name in [name for name in os.environ if name.startswith("RESOLVER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))


@pytest.fixture
def command(capsys):
    """Return a function that runs a command line and returns (exit code, stdout, stderr)."""

    def call(*arguments):
        code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


class Control:
    """What the fake control socket was asked, and what it says: path -> (status, body)."""

    def __init__(self, path):
        self.path = path
        self.asked = []
        self.replies = {}


@pytest.fixture
def control(tmp_path):
    """A control socket where clients look for it by default."""
    path = tmp_path / "run" / "resolver" / "control.sock"
    path.parent.mkdir(parents=True)
    state = Control(path)

    class Handler(BaseHTTPRequestHandler):
        def _reply(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.asked.append((self.command, self.path, json.loads(body) if body else None))
            status, reply = state.replies.get(
                self.path.partition("?")[0], (404, {"schema": 1, "error": "Not Found"})
            )
            data = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _reply

        def log_message(self, *arguments):
            pass

        def address_string(self):
            return "unix"

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    server = Server(str(path), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def dns():
    """Return a function that starts a UDP and TCP server on one port; `answer(request, transport)` responds."""
    stops = []

    def start(answer):
        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                data, sock = self.request
                for response in _many(answer(data, "udp")):
                    sock.sendto(response, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            def handle(self):
                length = int.from_bytes(self.rfile.read(2), "big")
                for response in _many(answer(self.rfile.read(length), "tcp")):
                    self.wfile.write(len(response).to_bytes(2, "big") + response)

        udp, tcp = _on_one_port(Udp, Tcp)
        for server in (udp, tcp):
            server.daemon_threads = True
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
            )
            thread.start()
            stops.append((server, thread))
        return udp.server_address

    yield start
    for server, thread in stops:
        server.shutdown()
        server.server_close()
        thread.join()


def _on_one_port(udp_handler, tcp_handler):
    """A server of each kind on the same free port; one that is free for UDP alone is given back, and another taken."""
    udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), udp_handler)
    try:
        return udp, socketserver.ThreadingTCPServer(udp.server_address, tcp_handler)
    except OSError as error:
        udp.server_close()
        if error.errno != errno.EADDRINUSE:
            raise
        return _on_one_port(udp_handler, tcp_handler)


def _many(given):
    return [] if given is None else given if isinstance(given, list) else [given]
