"""Connections of the HTTP server: streamed responses, and clients that leave."""

import select
import threading
import time

from cheroot.server import HTTPServer

HEADER_BYTES_MAX = 1 << 20
# Of a connection, during a request too: twice a server's http_send_timeout.
IDLE_SECONDS = 60


class StreamedBody:
    """A response whose length is not known: chunked, or until the connection closes."""

    def __init__(self, http, tag):
        self._http = http
        self._tag = tag
        self._is_chunked = http.chunked_write
        http.conn.wfile.flush()
        # The end of the response is written here, not by cheroot.
        http.chunked_write = False
        self._socket = http.conn.socket

    def write(self, data):
        if self._is_chunked:
            self._send([b"%x\r\n" % len(data), data, b"\r\n"])
        else:
            self._send([data])

    def _send(self, parts):
        parts = [memoryview(part) for part in parts]
        while parts:
            sent = self._socket.sendmsg(parts)
            while parts and sent >= len(parts[0]):
                sent -= len(parts.pop(0))
            if parts and sent:
                parts[0] = parts[0][sent:]

    def end(self):
        if self._is_chunked:
            self._send([b"0\r\n\r\n"])

    def fail(self, text):
        """The exception in the form of 25.11 and newer, and a response that is never completed."""
        data = text.encode("utf-8", "replace")
        tag = self._tag.encode()
        frame = b"\r\n__exception__\r\n" + tag + b"\r\n" + data + b"\n"
        frame += b"%d " % (len(data) + 1) + tag + b"\r\n__exception__\r\n"
        self.write(frame)
        self._http.close_connection = True


class Watch(threading.Thread):
    """Ends queries whose client has closed the connection."""

    _CLOSED = 0x2000 | select.POLLHUP | select.POLLERR  # POLLRDHUP

    def __init__(self, engine):
        super().__init__(daemon=True)
        self._engine = engine
        self._lock = threading.Lock()
        self._watched = {}

    def add(self, connection, request):
        with self._lock:
            self._watched[request] = connection.fileno()

    def remove(self, request):
        with self._lock:
            self._watched.pop(request, None)

    def run(self):
        while True:
            time.sleep(0.1)
            with self._lock:
                poll = select.poll()
                for descriptor in self._watched.values():
                    poll.register(descriptor, 0x2000)
                closed = {fd for fd, event in poll.poll(0) if event & self._CLOSED}
                gone = [request for request, fd in self._watched.items() if fd in closed]
            # Until it has ended: a query may not have begun yet.
            for request in gone:
                self._engine.kill(request)
                # A client that has only ended its sending may not read either.
                self._engine.discard(request.number)


class Server(HTTPServer):
    def process_conn(self, conn):
        # A new connection takes a thread when its request comes, not before.
        if conn.last_used is None:
            self.put_conn(conn)
        else:
            super().process_conn(conn)


def server(port, gateway, threads):
    """An HTTP server on a loopback port: `threads` requests at a time."""
    http = Server(
        ("127.0.0.1", port), gateway, minthreads=threads, maxthreads=threads,
        server_name="ClickHouse bridge",
    )
    http.max_request_header_size = HEADER_BYTES_MAX
    http.timeout = IDLE_SECONDS
    http.request_queue_size = 256
    http.keep_alive_conn_limit = 512
    return http
