"""A server of a test's own, on loopback, in a thread; and what those that speak JSON have in common."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from typing import Any, TypeVar

AnyServer = TypeVar("AnyServer", bound=BaseServer)


@contextmanager
def listening(server: AnyServer) -> Iterator[AnyServer]:
    """Within the block `server` answers; after it the thread has ended and the port is free."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class JsonHandler(BaseHTTPRequestHandler):
    """Takes and answers JSON, and logs nothing."""

    def body(self) -> Any:
        """What the request holds."""
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def send(self, reply: object, status: int = 200) -> None:
        """Answer `reply`, unless nobody is there any more: a command that was stopped has gone."""
        data = json.dumps(reply).encode()
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass
