"""ClickHouse's HTTP interface in front of an engine inside this process."""

import base64
import binascii
import hmac
import json
import select
import tempfile
import threading
import time
import uuid
from urllib.parse import parse_qsl

from cheroot.server import Gateway, HTTPServer
from multipart import MultipartError, MultipartParser, parse_options_header

import logs
from engine import PIPE_BYTES, UNSQUASHED, EngineError, Output, count
from statement import Statement, name, rewritten

# A server begins its response when so much of the result is there, or all of it.
RESPONSE_BUFFER_BYTES = 1 << 20
# The longest statement in a body, data included: longer inserts have their statement in the URL.
STATEMENT_BYTES_MAX = 64 << 20
INSERT_CHUNK_BYTES = 1 << 20
HEADER_BYTES_MAX = 1 << 20
# Of a connection, in the midst of a request too: twice a server's http_send_timeout.
IDLE_SECONDS = 60

# Parameters of the HTTP interface; every other one is a setting.
_CONTROL = {
    "query", "query_id", "database", "default_format", "user", "password", "session_id",
    "session_timeout", "session_check", "close_session", "compress", "decompress",
    "wait_end_of_query", "buffer_size", "log_comment", "stacktrace", "quota_key", "role",
}
# Formats that keep rows until the query has ended. Their encoder belongs into the query, where its
# memory counts: INTO OUTFILE would run it outside.
_ENCODED_BY_QUERY = {"parquet", "orc", "arrow", "arrowstream"}

# From ClickHouse's table of exception codes; others are 500.
_STATUS = {
    194: "401 Unauthorized", 192: "403 Forbidden", 193: "403 Forbidden", 516: "403 Forbidden",
    497: "403 Forbidden", 62: "400 Bad Request", 26: "400 Bad Request", 27: "400 Bad Request",
    36: "400 Bad Request", 6: "400 Bad Request", 38: "400 Bad Request", 41: "400 Bad Request",
    53: "400 Bad Request", 69: "400 Bad Request", 72: "400 Bad Request", 117: "400 Bad Request",
    46: "404 Not Found", 47: "404 Not Found", 50: "404 Not Found", 60: "404 Not Found",
    73: "404 Not Found", 81: "404 Not Found", 115: "404 Not Found", 20: "404 Not Found",
    63: "404 Not Found", 48: "501 Not Implemented", 159: "408 Request Timeout",
    209: "503 Service Unavailable", 191: "413 Request Entity Too Large",
}


class Disconnected(Exception):
    """The client closed the connection before its request or response was complete."""


class Request:
    """One HTTP request as ClickHouse reads it."""

    def __init__(self, gateway):
        http = gateway.req
        headers = http.inheaders
        self.agent = _text(headers.get(b"User-Agent", b""))
        self.fields = {}
        self.tables = []
        self._take(parse_qsl(http.qs.decode(), keep_blank_values=True, errors="strict"))
        self.length = headers.get(b"Content-Length")
        self.length = int(self.length) if self.length is not None else None
        self.is_chunked = headers.get(b"Transfer-Encoding", b"").lower() == b"chunked"
        self.received = 0
        self._http = http
        if headers.get(b"Content-Encoding", b"identity") != b"identity":
            raise refusal("compressed request bodies; send the body as it is")
        kind, options = parse_options_header(_text(headers.get(b"Content-Type", b"")))
        if kind == "multipart/form-data":
            self._read_form(options.get("boundary", ""))
        self.query_id = self.fields.get("query_id") or str(uuid.uuid4())
        for flag in ("compress", "decompress"):
            if self.flag(flag):
                raise refusal(f"{flag}=1; leave it out")
        self.database = self.fields.get("database") or _text(
            headers.get(b"X-Clickhouse-Database", b"default")
        )
        self.is_gone = False
        self.number = 0
        # Of its query, for the log.
        self.sql = ""
        self.is_encoded = False
        self.result = None
        self.error = None

    @property
    def comment_prefix(self):
        return logs.comment_prefix(self.number)

    def flag(self, key):
        return self.fields.get(key, "0") in ("1", "true")

    def _take(self, pairs):
        for key, value in pairs:
            self.fields[key] = value

    @property
    def has_body(self):
        return self.is_chunked or bool(self.length)

    def read(self, size):
        """The next bytes of the body; empty at its end."""
        try:
            data = self._http.rfile.read(size)
        except (OSError, ValueError) as error:
            raise Disconnected(str(error)) from None
        self.received += len(data)
        if not data and self.length is not None and self.received < self.length:
            raise Disconnected("the body is shorter than its Content-Length")
        return data

    def read_all(self):
        parts = []
        while data := self.read(INSERT_CHUNK_BYTES):
            parts.append(data)
            if self.received > STATEMENT_BYTES_MAX:
                raise EngineError(
                    "Code: 62. DB::Exception: The statement is longer than"
                    f" {STATEMENT_BYTES_MAX} bytes; put it into the URL and the data into the"
                    " body. (SYNTAX_ERROR)"
                )
        return b"".join(parts)

    def _read_form(self, boundary):
        try:
            parser = MultipartParser(
                _Body(self), boundary, content_length=self.length or -1,
                memfile_limit=1 << 20, disk_limit=1 << 40, memory_limit=STATEMENT_BYTES_MAX,
            )
            for part in parser.parts():
                if part.filename is None:
                    self.fields[part.name] = part.value
                else:
                    self.tables.append(part)
        except MultipartError as error:
            raise EngineError(f"Code: 27. DB::Exception: The form is invalid: {error}. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)")

    def client_settings(self):
        tables = tuple(f"{part.name}_" for part in self.tables)
        return {
            key: value
            for key, value in self.fields.items()
            if key not in _CONTROL
            and not key.startswith("param_")
            and not (tables and key.startswith(tables))
        }

    @property
    def log_comment(self):
        return self.fields.get("log_comment", "")

    def mark(self):
        """The setting by which the engine's query is found."""
        comment = logs.comment(self.number, self.query_id, self.agent, self.log_comment)
        return {"log_comment": comment}

    def settings(self):
        # Tables are loaded first, by queries of their own.
        return self.client_settings() | ({} if self.tables else self.mark())

    def parameters(self):
        return {
            key[len("param_"):]: value
            for key, value in self.fields.items()
            if key.startswith("param_")
        }


class _Body:
    def __init__(self, request):
        self._request = request

    def read(self, size=-1):
        return self._request.read(size if size > 0 else INSERT_CHUNK_BYTES)


def refusal(what):
    return EngineError(
        f"Code: 48. DB::Exception: A bridged engine does not support {what}."
        " (NOT_IMPLEMENTED)"
    )


def _text(raw):
    return raw.decode("utf-8", "replace")


class Interface(Gateway):
    """Answers one request. cheroot calls `respond` on a thread of its pool."""

    engine = None
    password = b""
    watch = None
    sessions = None
    # For an engine that writes no query_log.
    debug_log = None

    def respond(self):
        self.req.close_connection = self.req.close_connection or False
        path = self.req.path
        if path == b"/ping":
            return self._answer("200 OK", b"Ok.\n")
        if path not in (b"/", b""):
            return self._answer(
                "404 Not Found",
                b"There is no handle " + path[:100] + b"\nUse / or /ping for health checks.\n",
            )
        request = None
        try:
            request = Request(self)
            self._authenticate(request)
            self._serve(request)
        except EngineError as error:
            self._fail(error, request)
        except UnicodeDecodeError:
            self._fail(
                EngineError(
                    "Code: 36. DB::Exception: The request is not valid UTF-8. (BAD_ARGUMENTS)"
                ),
                request,
            )
        except (Disconnected, OSError):
            self.req.close_connection = True
            self.req.chunked_write = False
            self.req.sent_headers = True

    # Authentication

    def _authenticate(self, request):
        headers = self.req.inheaders
        user = headers.get(b"X-Clickhouse-User")
        password = headers.get(b"X-Clickhouse-Key")
        scheme, _, credentials = headers.get(b"Authorization", b"").partition(b" ")
        if user is None and scheme.lower() == b"basic":
            try:
                user, _, password = base64.b64decode(credentials, validate=True).partition(b":")
            except binascii.Error:
                user = b""
        if user is None:
            user = request.fields.get("user", "default").encode()
            password = request.fields.get("password", "").encode()
        if user != b"default" or not hmac.compare_digest(password or b"", self.password):
            raise EngineError(
                f"Code: 516. DB::Exception: {_text(user)}: Authentication failed: password is"
                " incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)"
            )

    # Statements

    def _serve(self, request):
        sql = request.fields.get("query", "")
        data = b""
        if not sql and request.has_body and not request.tables:
            body = request.read_all()
            sql = body.decode("utf-8", "surrogateescape")
            statement = Statement(sql)
            if statement.inserts and statement.format and not statement.inserts_a_query:
                end = statement.tokens and statement._format_span[1]
                data = sql[end:].lstrip(" \t\r\n;").encode("utf-8", "surrogateescape")
                sql = sql[:end]
            sql.encode()  # must be UTF-8
        elif sql and request.has_body and not request.tables and not Statement(sql).inserts:
            sql += "\n" + request.read_all().decode()
        statement = Statement(rewritten(sql, logs.PROCESSES, request.query_id))
        if not statement.tokens:
            raise EngineError("Code: 62. DB::Exception: Syntax error: Empty query. (SYNTAX_ERROR)")
        if what := statement.needs_server():
            raise refusal(f"{what}; use a server")
        if statement.writes_a_file():
            raise refusal("INTO OUTFILE; read the response instead")
        self.engine.begin(request)
        request.sql = statement.sql
        try:
            with self._session(request) as session:
                if request.tables:
                    self._load_tables(session, request)
                    session.set(request.mark())
                if statement.reads:
                    self._stream(session, statement, request)
                elif statement.inserts and not statement.inserts_a_query:
                    self._insert(session, statement, request, data)
                else:
                    self._run(session, statement, request)
        except EngineError as error:
            request.error = error
            raise
        finally:
            self.engine.end(request)
            if self.debug_log:
                kind = "Select" if statement.reads else statement.first.capitalize()
                self.debug_log.end(request, kind)

    def _session(self, request):
        key = request.fields.get("session_id")
        settings = UNSQUASHED | request.settings()
        return self.sessions.borrow(key, settings, request.database)

    def _load_tables(self, session, request):
        for part in request.tables:
            structure = request.fields.get(f"{part.name}_structure")
            if structure is None:
                raise EngineError(
                    f"Code: 36. DB::Exception: Neither structure nor types have not been provided"
                    f" for external table {part.name}. (BAD_ARGUMENTS)"
                )
            form = request.fields.get(f"{part.name}_format", "TabSeparated")
            session.create_temporary(part.name, structure)
            with session.insert(f"INSERT INTO {name(part.name)}", form) as insert:
                while chunk := part.file.read(INSERT_CHUNK_BYTES):
                    insert.append(chunk)
                insert.finish()

    def _run(self, session, statement, request):
        sql = statement.sql
        if statement.first == "SYSTEM" and [t.upper for t in statement.tokens[1:3]] == ["FLUSH", "LOGS"]:
            sql = "SYSTEM FLUSH LOGS"  # the views join one log with another
            if self.debug_log:
                self.debug_log.flush()
        elif not self.engine.can_drop and (dropped := statement.dropped()):
            self.engine.set_aside(*dropped, request.database)
            return self._answer("200 OK", b"", request, "Null")
        form = statement.format or request.fields.get("default_format", "TabSeparated")
        request.result = session.query(sql, form, request.parameters())
        self._answer("200 OK", bytes(request.result.bytes() or b""), request, form)

    def _insert(self, session, statement, request, data):
        form = statement.format or "Values"
        with session.insert(statement.without_format(), form, request.parameters()) as insert:
            if data:
                insert.append(data)
            elif request.has_body:
                while chunk := request.read(INSERT_CHUNK_BYTES):
                    insert.append(chunk)
            request.result = insert.finish()
        self._answer("200 OK", b"", request, form, {
            "written_rows": count(request.result, "rows_written"),
            "written_bytes": count(request.result, "bytes_written"),
        })

    def _stream(self, session, statement, request):
        form = statement.format or request.fields.get("default_format", "TabSeparated")
        if form.lower() in _ENCODED_BY_QUERY:
            inner = statement.without_format()
            request.is_encoded = True

            def into(place):
                return f"{logs.ENCODED}'{place}', {form}) {inner}"
        else:

            def into(place):
                return statement.into(place, form)

        output = Output(session, into, request.parameters())
        body = None
        try:
            self.watch.add(self.req.conn.socket, request)
            head, is_complete = self._head(output, request)
            if is_complete:
                request.result = output.join()
                if output.error:
                    raise output.error
                return self._answer("200 OK", head, request, form, output.summary)
            body = self._begin(request, form)
            body.write(head)
            buffer = memoryview(bytearray(PIPE_BYTES))
            while size := output.read_into(buffer):
                body.write(buffer[:size])
            request.result = output.join()
            if output.error:
                request.error = output.error
                body.fail(f"{output.error} (version {self.engine.version})")
            else:
                body.end()
        except OSError as error:
            raise Disconnected(str(error)) from None
        finally:
            self.watch.remove(request)
            if not output.is_done:
                self.engine.kill(request)
            output.close()

    def _head(self, output, request):
        """The beginning of the result, and whether it is all."""
        if request.flag("wait_end_of_query"):
            spool = tempfile.SpooledTemporaryFile(max_size=RESPONSE_BUFFER_BYTES)
            buffer = memoryview(bytearray(PIPE_BYTES))
            while size := output.read_into(buffer):
                spool.write(buffer[:size])
            spool.seek(0)
            return spool.read(), True
        buffer = memoryview(bytearray(RESPONSE_BUFFER_BYTES))
        filled = 0
        while filled < len(buffer):
            size = output.read_into(buffer[filled:])
            if size == 0:
                return bytes(buffer[:filled]), True
            filled += size
        return buffer, False

    # Responses

    def _headers(self, request, form, summary):
        counts = {
            "read_rows": 0, "read_bytes": 0, "written_rows": 0, "written_bytes": 0,
            "total_rows_to_read": 0, "result_rows": 0, "result_bytes": 0, "elapsed_ns": 0,
        } | (summary or {})
        text = json.dumps({key: str(value) for key, value in counts.items()}, separators=(",", ":"))
        return [
            ("X-ClickHouse-Query-Id", request.query_id),
            ("X-ClickHouse-Format", form),
            ("X-ClickHouse-Timezone", "UTC"),
            ("X-ClickHouse-Server-Display-Name", "bridge"),
            ("X-ClickHouse-Summary", text),
        ]

    def _send_headers(self, status, headers):
        self.req.status = status.encode()
        self.req.outheaders = [
            (key.encode(), _header_value(value)) for key, value in headers
        ]
        self.req.send_headers()
        self.req.sent_headers = True

    def _answer(self, status, body, request=None, form=None, summary=None, headers=()):
        own = [("Content-Type", "text/plain; charset=UTF-8"), ("Content-Length", str(len(body)))]
        if request and form:
            own += self._headers(request, form, summary)
        self._send_headers(status, own + list(headers))
        if body and self.req.method != b"HEAD":
            self.req.write(body)

    def _begin(self, request, form):
        tag = uuid.uuid4().hex[:16]
        self._send_headers(
            "200 OK",
            [("Content-Type", "application/octet-stream"), ("X-ClickHouse-Exception-Tag", tag)]
            + self._headers(request, form, None),
        )
        return StreamedBody(self.req, tag)

    def _fail(self, error, request):
        body = f"{error} (version {self.engine.version})\n".encode("utf-8", "surrogateescape")
        if self.req.sent_headers:
            self.req.close_connection = True
            self.req.chunked_write = False
            return
        if request is None or request.has_body:
            self.req.close_connection = True  # the rest of the body is not read
        headers = [("X-ClickHouse-Exception-Code", str(error.code))]
        if request is not None:
            headers.append(("X-ClickHouse-Query-Id", request.query_id))
        self._answer(
            _STATUS.get(error.code, "500 Internal Server Error"), body, headers=headers
        )


def _header_value(text):
    return "".join(c if 0x20 <= ord(c) < 0x7F else "?" for c in text).encode()


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
                gone = [r for r, fd in self._watched.items() if fd in closed and not r.is_gone]
                for request in gone:
                    request.is_gone = True
            for request in gone:
                self._engine.kill(request)


def server(port, threads):
    """An HTTP server on a loopback port: `threads` requests at a time."""
    http = HTTPServer(
        ("127.0.0.1", port), Interface, minthreads=threads, maxthreads=threads,
        server_name="ClickHouse bridge",
    )
    http.max_request_header_size = HEADER_BYTES_MAX
    http.timeout = IDLE_SECONDS
    http.request_queue_size = 256
    http.keep_alive_conn_limit = 512
    return http
