"""ClickHouse's HTTP interface in front of an engine inside this process."""

import base64
import binascii
import hmac
import json
import re
import socket
import tempfile
import time
import uuid
from urllib.parse import parse_qsl

from cheroot.server import Gateway
from multipart import MultipartError, MultipartParser, parse_options_header

import logs
from connections import StreamedBody
from engine import PIPE_BYTES, UNSQUASHED, EngineError, Output, count
from request_body import Body, Disconnected
from statement import Statement, literal, name, rewritten

# A server begins its response when so much of the result is there, or all of it.
RESPONSE_BUFFER_BYTES = 1 << 20
# The longest statement in a body, data included: longer inserts have their statement in the URL.
STATEMENT_BYTES_MAX = 64 << 20
INSERT_CHUNK_BYTES = 1 << 20
# How long the rest of a refused request is taken, so that its client reads the answer.
LINGER_SECONDS = 10

# Parameters of the HTTP interface; every other one is a setting.
_CONTROL = {
    "query", "query_id", "database", "default_format", "user", "password", "session_id",
    "session_timeout", "session_check", "close_session", "compress", "decompress",
    "wait_end_of_query", "buffer_size", "log_comment", "stacktrace", "quota_key", "role",
}
# Formats that keep rows until the query has ended. Their encoder belongs into the query, where its
# memory counts: INTO OUTFILE would run it outside.
_ENCODED_BY_QUERY = {"parquet", "orc", "arrow", "arrowstream"}
_LIMITS_OF_RESULTS = ("limit", "offset", "max_result_rows", "max_result_bytes")

# Statements besides SELECT that do not write.
_HARMLESS = {"DESC", "DESCRIBE", "EXISTS", "EXPLAIN", "KILL", "SHOW"}

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


class Request:
    """One HTTP request as ClickHouse reads it."""

    def __init__(self, gateway):
        http = gateway.req
        headers = http.inheaders
        self.agent = _text(headers.get(b"User-Agent", b""))
        self.fields = {}
        self.tables = []
        self.fields.update(
            parse_qsl(http.qs.decode(), keep_blank_values=True, errors="strict")
        )
        # As in a server, these methods do not write.
        if http.method in (b"GET", b"HEAD"):
            self.fields.setdefault("readonly", "2")
        self.body = Body(http)
        # Else cheroot would read what it takes for the rest of the body.
        http.rfile = self.body
        self.query_id = self.fields.get("query_id") or str(uuid.uuid4())
        self.database = self.fields.get("database") or _text(
            headers.get(b"X-Clickhouse-Database", b"default")
        )
        # Of its running query, if it streams its result.
        self.output = None
        self.number = 0
        # Of its query, for the log.
        self.sql = ""
        self.format = ""
        self.is_encoded = False
        self.result = None
        self.error = None

    @property
    def comment_prefix(self):
        return logs.comment_prefix(self.number)

    def flag(self, key):
        return self.fields.get(key, "0") in ("1", "true")

    @property
    def read_only(self):
        """`0` if it may write, as the setting `readonly`."""
        return self.fields.get("readonly") or "0"

    def read_all(self):
        parts = []
        while data := self.body.read(INSERT_CHUNK_BYTES):
            parts.append(data)
            if self.body.received > STATEMENT_BYTES_MAX:
                raise EngineError(
                    "Code: 62. DB::Exception: The statement is longer than"
                    f" {STATEMENT_BYTES_MAX} bytes; put it into the URL and the data into the"
                    " body. (SYNTAX_ERROR)"
                )
        return b"".join(parts)

    def read_form(self, headers):
        """Takes the fields and external tables of a multipart form, if it is one."""
        if headers.get(b"Content-Encoding", b"identity") != b"identity":
            raise refusal("compressed request bodies; send the body as it is")
        kind, options = parse_options_header(_text(headers.get(b"Content-Type", b"")))
        if kind == "multipart/form-data":
            self._read_parts(options.get("boundary", ""))
        for flag in ("compress", "decompress"):
            if self.flag(flag):
                raise refusal(f"{flag}=1; leave it out")

    def _read_parts(self, boundary):
        try:
            parser = MultipartParser(
                self.body, boundary, content_length=self.body.length or -1,
                memfile_limit=1 << 20, disk_limit=1 << 40, memory_limit=STATEMENT_BYTES_MAX,
            )
            for part in parser.parts():
                if part.filename is None:
                    self.fields[part.name] = part.value
                else:
                    self.tables.append(part)
        except MultipartError as error:
            raise EngineError(
                f"Code: 27. DB::Exception: The form is invalid: {error}."
                " (CANNOT_PARSE_INPUT_ASSERTION_FAILED)"
            ) from None

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
        settings = self.client_settings()
        if not self.tables:
            return settings | self.mark()
        # Tables are loaded first, by separate queries.
        return {key: value for key, value in settings.items() if key != "readonly"}

    def parameters(self):
        return {
            key[len("param_"):]: value
            for key, value in self.fields.items()
            if key.startswith("param_")
        }


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
        if self.req.method not in (b"GET", b"HEAD", b"POST"):
            self.req.close_connection = True
            return self._answer("405 Method Not Allowed", b"Use GET, HEAD or POST.\n")
        request = None
        try:
            request = Request(self)
            self._authenticate(request)
            request.read_form(self.req.inheaders)
            self._serve(request)
        except EngineError as error:
            self._fail(error, request)
        except UnicodeError:
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
            return
        if request is None or not request.body.is_complete:
            self._discard_rest()

    def _discard_rest(self):
        """Takes the rest of the request: closing at once would reset the connection, and its client
        would not read the answer."""
        connection = self.req.conn.socket
        waste = bytearray(1 << 16)
        end = time.monotonic() + LINGER_SECONDS
        try:
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            while time.monotonic() < end and connection.recv_into(waste):
                pass
        except OSError:
            pass  # the client is gone, or sends nothing more

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
        if user is None and password is None:
            user = request.fields.get("user", "default").encode()
            password = request.fields.get("password", "").encode()
        if user is None:
            user = b"default"
        if user != b"default" or not hmac.compare_digest(password or b"", self.password):
            raise EngineError(
                f"Code: 516. DB::Exception: {_text(user)}: Authentication failed: password is"
                " incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)"
            )

    # Statements

    def _serve(self, request):
        sql = request.fields.get("query", "")
        data = b""
        if not sql and not request.tables:
            sql = request.read_all().decode("utf-8", "surrogateescape")
        elif not request.tables and not Statement(sql).takes_data:
            sql += "\n" + request.read_all().decode()
        statement = Statement(sql)
        if statement.takes_data:
            data = statement.data.encode("utf-8", "surrogateescape")
        statement.sql.encode()  # must be UTF-8
        statement = Statement(rewritten(statement.sql, logs.PROCESSES, request.query_id))
        self._check(statement, request)
        self.engine.begin(request)
        request.sql = statement.sql
        try:
            with self._session(request) as session:
                if request.tables:
                    self._load_tables(session, request)
                    session.set(request.client_settings() | request.mark())
                if statement.reads:
                    self._stream(session, statement, request)
                elif statement.takes_data:
                    self._insert(session, statement, request, data)
                elif kill := statement.kill():
                    self._kill(session, kill, statement, request)
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

    def _check(self, statement, request):
        if not statement.tokens:
            raise EngineError("Code: 62. DB::Exception: Syntax error: Empty query. (SYNTAX_ERROR)")
        if statement.has_several:
            raise EngineError(
                "Code: 62. DB::Exception: Syntax error: Multi-statements are not allowed."
                " (SYNTAX_ERROR)"
            )
        if what := statement.needs_server():
            raise refusal(f"{what}; use a server")
        if statement.writes_a_file():
            raise refusal("INTO OUTFILE; read the response instead")
        if statement.reads_a_file():
            raise refusal("FROM INFILE; send the data as the request's body")
        if statement.reads_its_body_as_a_table():
            raise refusal("the table function input; insert into a table, and select from it")
        # With readonly = 2 the engine allows inserts into functions, as exports of the bridge are.
        # An engine with one session cannot have the setting, which would last.
        if request.read_only != "0" and (
            statement.inserts_into_function
            or self.engine.is_single
            and not (statement.reads or statement.first in _HARMLESS)
        ):
            raise EngineError(
                "Code: 164. DB::Exception: default: Cannot execute query in readonly mode."
                " (READONLY)"
            )
        request.format = statement.format or request.fields.get("default_format", "TabSeparated")
        if not re.fullmatch(r"\w+", request.format):
            raise EngineError("Code: 73. DB::Exception: Unknown format. (UNKNOWN_FORMAT)")
        # Such an export is an insert, which readonly = 1 forbids, and which has no result that
        # settings could limit.
        request.is_encoded = (
            statement.reads
            and request.format.lower() in _ENCODED_BY_QUERY
            and request.read_only != "1"
            and all(request.fields.get(key, "0") == "0" for key in _LIMITS_OF_RESULTS)
        )

    def _session(self, request):
        key = request.fields.get("session_id")
        settings = (UNSQUASHED if request.is_encoded else {}) | request.settings()
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
        if [token.upper for token in statement.tokens[:3]] == ["SYSTEM", "FLUSH", "LOGS"]:
            sql = "SYSTEM FLUSH LOGS"  # the views join one log with another
            if self.debug_log:
                self.debug_log.flush()
        elif not self.engine.can_drop and (dropped := statement.dropped()):
            self.engine.set_aside(*dropped, request.database)
            return self._answer("200 OK", b"", request, "Null")
        request.result = session.query(sql, request.format, request.parameters())
        body = bytes(request.result.bytes() or b"")
        self._answer("200 OK", body, request, request.format, {
            "read_rows": count(request.result, "storage_rows_read"),
            "read_bytes": count(request.result, "storage_bytes_read"),
            "written_rows": count(request.result, "rows_written"),
            "written_bytes": count(request.result, "bytes_written"),
        })

    def _kill(self, session, kill, statement, request):
        """Ends queries that wait for a slow client too: what they still write is discarded."""
        number = literal(str(request.number))
        found = f"FROM {logs.PROCESSES} WHERE ({kill.condition}) AND parts[2] != {number}"
        status = "finished" if kill.is_sync else "waiting"
        parameters = request.parameters()
        rows = session.query(
            f"SELECT '{status}' AS kill_status, query_id, user, query {found}",
            request.format,
            parameters,
        )
        numbers = session.run(f"SELECT parts[2] {found} AND is_bridged", parameters=parameters)
        if not kill.is_test:
            where = f"query_id IN (SELECT engine_query_id {found})"
            session.query(f"KILL QUERY WHERE {where} ASYNC", "Null", parameters)
            for key in numbers.split():
                self.engine.discard(int(key))
            if kill.is_sync:
                session.query(f"KILL QUERY WHERE {where} SYNC", "Null", parameters)
        self._answer("200 OK", bytes(rows.bytes() or b""), request, request.format)

    def _insert(self, session, statement, request, data):
        form = statement.format or "Values"
        with session.insert(statement.without_format(), form, request.parameters()) as insert:
            if data:
                insert.append(data)
            while chunk := request.body.read(INSERT_CHUNK_BYTES):
                insert.append(chunk)
            request.result = insert.finish()
        self._answer("200 OK", b"", request, form, {
            "written_rows": count(request.result, "rows_written"),
            "written_bytes": count(request.result, "bytes_written"),
        })

    def _stream(self, session, statement, request):
        form = request.format
        if request.is_encoded:
            # An insert into a file gathers blocks of at least `max_block_size` rows before the
            # encoder. Without that, row groups are those of a server's response.
            rows = request.fields.get("max_block_size") or self.engine.block_size
            inner = statement.with_block_size(rows)
            ungathered = logs.UNGATHERED if inner else ""
            inner = inner or statement.without_format()

            def into(place):
                return f"{logs.ENCODED}'{place}', {form}) {ungathered}{inner}"
        else:

            def into(place):
                return statement.into(place, form)

        output = request.output = Output(session, into, request.parameters())
        try:
            self.watch.add(self.req.conn.socket, request)
            if request.flag("wait_end_of_query"):
                return self._answer_spooled(output, request, form)
            buffer = memoryview(bytearray(RESPONSE_BUFFER_BYTES))
            size = self._fill(buffer, output)
            if size < len(buffer):
                request.result = output.join()
                if output.error:
                    raise output.error
                return self._answer("200 OK", buffer[:size], request, form, output.summary)
            body = self._begin(request, form)
            if self.req.method == b"HEAD":
                return
            while size:
                body.write(buffer[:size])
                size = output.read_into(buffer)
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

    def _fill(self, buffer, output):
        """The number of bytes at the beginning of the result: all if the buffer is not full."""
        filled = 0
        while filled < len(buffer) and (size := output.read_into(buffer[filled:])):
            filled += size
        return filled

    def _answer_spooled(self, output, request, form):
        """Answers when the query has ended, from a file if the result is long."""
        with tempfile.SpooledTemporaryFile(max_size=RESPONSE_BUFFER_BYTES) as spool:
            buffer = memoryview(bytearray(PIPE_BYTES))
            while size := output.read_into(buffer):
                spool.write(buffer[:size])
            request.result = output.join()
            if output.error:
                raise output.error
            length = spool.tell()
            spool.seek(0)
            headers = _head(length) + self._headers(request, form, output.summary)
            self._send_headers("200 OK", headers)
            while self.req.method != b"HEAD" and (data := spool.read(PIPE_BYTES)):
                self.req.conn.socket.sendall(data)

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
        if self.req.rfile is not None and not getattr(self.req.rfile, "is_complete", True):
            self.req.close_connection = True  # the rest of the body is not read
        self.req.status = status.encode()
        self.req.outheaders = [
            (key.encode(), _header_value(value)) for key, value in headers
        ]
        self.req.send_headers()
        self.req.sent_headers = True

    def _answer(self, status, body, request=None, form=None, summary=None, headers=()):
        own = _head(len(body))
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
        if request is None:
            self.req.close_connection = True  # the body is not read
        headers = [("X-ClickHouse-Exception-Code", str(error.code))]
        if request is not None:
            headers.append(("X-ClickHouse-Query-Id", request.query_id))
        self._answer(
            _STATUS.get(error.code, "500 Internal Server Error"), body, headers=headers
        )


def _head(length):
    return [("Content-Type", "text/plain; charset=UTF-8"), ("Content-Length", str(length))]


def _header_value(text):
    return "".join(c if 0x20 <= ord(c) < 0x7F else "?" for c in text).encode()
