"""The engine of a chdb wheel inside this process: sessions, running queries, streamed bodies."""

import contextlib
import fcntl
import importlib.machinery
import importlib.util
import itertools
import os
import re
import sys
import threading
import time

from statement import literal, name

# Memory that a pipe between the engine and a connection may hold: Linux's default limit.
PIPE_BYTES = 1 << 20
# A client has its answer a moment before the bridge has ended the request, and may already use its
# query id or session again.
RELEASE_SECONDS = 0.5
# Each block of a result goes to the encoder as it comes, as in a server's response.
UNSQUASHED = {"min_insert_block_size_rows": "0", "min_insert_block_size_bytes": "0"}


class EngineError(Exception):
    """An exception of the engine: its text begins with `Code: N.`"""

    def __init__(self, text):
        text = re.split(r",? Stack trace.*|\n+0\. ", text, maxsplit=1)[0]
        found = re.search(r"Code: (\d+)\.", text)
        self.code = int(found.group(1)) if found else 1001
        start = found.start() if found else 0
        super().__init__(text[start:] if found else f"Code: 1001. DB::Exception: {text}")


def load(library):
    """The extension module of a wheel, without the Python package around it, which would import
    pandas and pyarrow."""
    sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)
    loader = importlib.machinery.ExtensionFileLoader("_chdb", library)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("_chdb", loader))
    loader.exec_module(module)
    return module


class Engine:
    """An open database folder. Threads may use it concurrently, each with its own session."""

    def __init__(self, library, folder, configuration):
        self._module = load(library)
        self._place = f"{folder}?config-file={configuration}"
        self._root = self._module.connect(self._place)
        self._root_lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.version = self.text("SELECT version()")
        # In process some settings have other defaults than in a server. `database` is no setting
        # of a query.
        rows = self.text(
            "SELECT name, default FROM system.settings"
            " WHERE changed AND value != default AND name != 'database'"
        )
        self._server_defaults = dict(line.split("\t") for line in rows.splitlines())
        # Settings that the bridge sets itself, and a client does not see.
        self.own_settings = (
            set(self._server_defaults) | set(UNSQUASHED) | {"database", "serialize_query_plan"}
        )
        self.block_size = self.text("SELECT getSetting('max_block_size')")
        release = tuple(map(int, self.version.split(".")[:2]))
        # 25.8 allows one connection per process.
        self.is_single = release < (26, 1)
        # Before 26.7 a DROP can wait for ever in process. Such an engine ends with its run.
        self.can_drop = release >= (26, 7)
        self.single_lock = threading.Lock()
        self.running = {}
        self._ended = threading.Condition()

    def text(self, sql):
        """The result of a short query of the bridge itself, as TabSeparated without its last line
        feed."""
        with self._root_lock:
            return run(self._root, sql).rstrip(b"\n").decode()

    def execute(self, sql):
        with self._root_lock:
            run(self._root, sql)

    def session(self, settings, database=None):
        """A session with its own settings and temporary tables."""
        if self.is_single:
            self.single_lock.acquire()
            connection = self._root
        else:
            connection = self._module.connect(self._place)
        session = Session(self, connection)
        try:
            # First, so that it is not logged as the client's query.
            run(connection, f"USE {name(database or 'default')}")
            session.set(self._server_defaults | settings)
        except BaseException:
            session.close()
            raise
        return session

    def begin(self, request):
        def is_free():
            return all(other.query_id != request.query_id for other in self.running.values())

        with self._ended:
            request.number = next(self._numbers)
            if not self._ended.wait_for(is_free, RELEASE_SECONDS):
                raise EngineError(
                    f"Code: 216. DB::Exception: Query with id = {request.query_id} is already"
                    " running. (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)"
                )
            self.running[request.number] = request

    def end(self, request):
        with self._ended:
            self.running.pop(request.number, None)
            self._ended.notify_all()

    def kill(self, request):
        """Asks the engine to end a request's query; returns at once."""
        self._kill(request.comment_prefix)

    def _kill(self, comment_prefix):
        if self.is_single:
            return  # the only connection is busy with the query itself
        try:
            self.execute(
                "KILL QUERY WHERE startsWith(Settings['log_comment'],"
                f" {literal(comment_prefix)}) ASYNC FORMAT Null"
            )
        except EngineError:
            pass  # it has ended by itself

    def discard(self, number):
        """Lets a query that was killed end, although its client does not read."""
        with self._ended:
            request = self.running.get(number)
        if request and request.output:
            request.output.discard()

    def set_aside(self, kind, place, may_be_missing, database):
        """Instead of a DROP: moves a database or table out of the way, and detaches a view, so
        that it takes no more rows."""
        try:
            number = next(self._numbers)
            if kind == "DATABASE":
                return self.execute(f"RENAME DATABASE {place} TO bridge_dropped_{number}")
            if not re.search(r"[\w`\"]\s*\.\s*[\w`\"]", place):
                place = f"{name(database)}.{place}"
            engine = self.text(
                "SELECT engine FROM system.tables"
                f" WHERE concat(database, '.', name) = {literal(place.replace('`', ''))}"
            )
            if engine.endswith("View"):
                # A view with an inner table cannot leave its database.
                aside = f"{place.rsplit('.', 1)[0]}.`bridge_dropped_{number}`"
                self.execute(f"RENAME TABLE {place} TO {aside}")
                self.execute(f"DETACH TABLE {aside} PERMANENTLY")
            else:
                self.execute(f"RENAME TABLE {place} TO bridge.dropped_{number}")
        except EngineError as error:
            if not (may_be_missing and error.code in (60, 81)):
                raise

    def stop(self, comment_prefix, seconds):
        """Ends running queries, then closes the folder: each within so many seconds, or not."""
        with self._ended:
            requests = list(self.running.values())
        self._kill(comment_prefix)
        for request in requests:
            self.discard(request.number)
        end = time.monotonic() + seconds
        while self.running and time.monotonic() < end:
            time.sleep(0.01)
        closing = threading.Thread(target=self._root.close, daemon=True)
        closing.start()
        closing.join(seconds)


class Session:
    def __init__(self, engine, connection):
        self._engine = engine
        self.connection = connection
        self._set = set()
        self._tables = []

    def set(self, settings):
        """`readonly` comes last, because nothing can be set after it."""
        if self._engine.is_single:
            # It would last for all later requests.
            settings = {key: value for key, value in settings.items() if key != "readonly"}
        names = sorted(settings, key=lambda key: (key == "readonly", key))
        if names:
            for key in names:
                if not re.fullmatch(r"\w+", key):
                    raise EngineError(
                        f"Code: 115. DB::Exception: Unknown setting '{key}'. (UNKNOWN_SETTING)"
                    )
            pairs = ", ".join(f"{key} = {literal(settings[key])}" for key in names)
            run(self.connection, f"SET {pairs}")
            self._set.update(names)

    def reset(self, settings):
        """Undoes `set`, except for `readonly`, which only the end of the session undoes."""
        names = set(settings) - {"readonly"}
        if names:
            run(self.connection, "SET " + ", ".join(f"{key} = DEFAULT" for key in sorted(names)))

    def run(self, sql, output_format="TSV", parameters=None):
        """The result's bytes; for a SELECT only if it is short."""
        return bytes(self.query(sql, output_format, parameters).bytes() or b"")

    def query(self, sql, output_format="TSV", parameters=None):
        if parameters and self._engine.is_single:
            # 25.8 takes parameters by SET only.
            self.set_parameters(parameters)
            parameters = None
        return query(self.connection, sql, output_format, parameters)

    def set_parameters(self, parameters):
        pairs = ", ".join(f"param_{key} = {literal(parameters[key])}" for key in parameters)
        run(self.connection, f"SET {pairs}")

    def create_temporary(self, table, structure):
        self.run(f"CREATE TEMPORARY TABLE {name(table)} ({structure})")
        self._tables.append(table)

    def insert(self, sql, input_format, parameters=None):
        """Begins an insert of data in a format; `sql` has no FORMAT clause."""
        kind = StreamedInsert if hasattr(self.connection, "send_insert") else InsertFromPipe
        return kind(self, sql, input_format, parameters or {})

    def close(self):
        if not self._engine.is_single:
            self.connection.close()
            return
        try:
            for table in self._tables:
                run(self.connection, f"DROP TEMPORARY TABLE {name(table)}")
            self.reset(self._set)
        finally:
            self._engine.single_lock.release()


class Sessions:
    """One session per request, or one per `session_id`, which keeps its temporary tables."""

    TIMEOUT_SECONDS = 60

    def __init__(self, engine):
        self._engine = engine
        self._lock = threading.Condition()
        self._named = {}

    @contextlib.contextmanager
    def borrow(self, key, settings, database):
        if not key or self._engine.is_single:
            with contextlib.closing(self._engine.session(settings, database)) as session:
                yield session
            return
        def is_free():
            return key not in self._named or not self._named[key].is_busy

        with self._lock:
            self._close_idle()
            if not self._lock.wait_for(is_free, RELEASE_SECONDS):
                raise EngineError(
                    f"Code: 373. DB::Exception: Session {key} is locked by a concurrent client."
                    " (SESSION_IS_LOCKED)"
                )
            named = self._named.get(key)
            if named is None:
                named = self._named[key] = _NamedSession(self._engine.session(settings, database))
            else:
                if database:
                    run(named.session.connection, f"USE {name(database)}")
                named.session.set(settings)
            named.is_busy = True
        try:
            yield named.session
        finally:
            with self._lock:
                # Settings of a request are its own.
                try:
                    named.session.reset(settings)
                except EngineError:  # readonly = 1 forbids that
                    del self._named[key]
                    named.session.close()
                named.is_busy = False
                named.used = time.monotonic()
                self._lock.notify_all()

    def _close_idle(self):
        now = time.monotonic()
        for key, named in list(self._named.items()):
            if not named.is_busy and now - named.used > self.TIMEOUT_SECONDS:
                del self._named[key]
                named.session.close()


class _NamedSession:
    def __init__(self, session):
        self.session = session
        self.is_busy = False
        self.used = time.monotonic()


def query(connection, sql, output_format="TSV", parameters=None):
    try:
        if parameters:
            return connection.query(sql, output_format, params=parameters)
        return connection.query(sql, output_format)
    except RuntimeError as error:
        raise EngineError(str(error)) from None


def run(connection, sql):
    return bytes(query(connection, sql).bytes() or b"")


def count(result, name):
    """A counter of the engine's result; 0 if there is none."""
    return getattr(result, name, int)()


class StreamedInsert:
    """An insert whose data the engine takes in chunks (26.7 and newer)."""

    def __init__(self, session, sql, input_format, parameters):
        self._connection = session.connection
        if parameters:
            session.set_parameters(parameters)
        self._handle = self._call(self._connection.send_insert, sql, input_format)

    def _call(self, function, *arguments):
        try:
            return function(*arguments)
        except RuntimeError as error:
            raise EngineError(str(error)) from None

    def append(self, data):
        self._call(self._connection.insert_append, self._handle, bytes(data))

    def finish(self):
        """The engine's result, which counts rows and bytes written."""
        handle, self._handle = self._handle, None
        return self._call(self._connection.insert_done, handle)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with contextlib.suppress(RuntimeError):
                self._connection.insert_cancel(handle)


class InsertFromPipe:
    """An insert that the engine reads from a pipe, for engines without the above."""

    def __init__(self, session, sql, input_format, parameters):
        read_end, self._write_end = pipe()
        self._error = None
        self._result = None
        self._thread = threading.Thread(
            target=self._run,
            args=(session, f"{sql} FROM INFILE '/dev/fd/{read_end}' FORMAT {input_format}",
                  parameters, read_end),
            daemon=True,
        )
        self._thread.start()

    def _run(self, session, sql, parameters, read_end):
        try:
            self._result = session.query(sql, parameters=parameters)
        except EngineError as error:
            self._error = error
        finally:
            os.close(read_end)

    def append(self, data):
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._write_end, view):]
        except BrokenPipeError:
            self._thread.join()
            raise self._error or EngineError("the engine stopped reading the insert") from None

    def finish(self):
        self._close()
        if self._error:
            raise self._error
        return self._result

    def _close(self):
        if self._write_end is not None:
            os.close(self._write_end)
            self._write_end = None
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self._close()


def pipe():
    """A pipe with the largest buffer: its reading and writing end."""
    ends = os.pipe()
    with contextlib.suppress(OSError):  # a machine with a lower limit
        fcntl.fcntl(ends[0], fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return ends


class Output:
    """The streamed result of a query: a thread runs it, and this thread reads what it writes.

    The engine blocks while the pipe is full, so that a slow reader slows the query down.
    """

    def __init__(self, session, into, parameters):
        """`into` makes the statement that writes to a file."""
        self._read_end, write_end = pipe()
        self.error = None
        self.is_done = False
        self._is_discarded = False
        self._is_closed = False
        self._closing = threading.Lock()
        self.summary = {}
        self._result = None
        self._thread = threading.Thread(
            target=self._run, args=(session, into, parameters, write_end), daemon=True
        )
        self._thread.start()

    def _run(self, session, into, parameters, write_end):
        began = time.monotonic_ns()
        try:
            self._result = session.query(into(f"/dev/fd/{write_end}"), parameters=parameters)
            self.summary = {
                "read_rows": count(self._result, "storage_rows_read"),
                "read_bytes": count(self._result, "storage_bytes_read"),
            }
        except EngineError as error:
            self.error = error
        except BaseException as error:
            self.error = EngineError(str(error))
        finally:
            self.summary["elapsed_ns"] = time.monotonic_ns() - began
            self.is_done = True
            os.close(write_end)

    def read_into(self, buffer):
        """The number of bytes read; 0 when the query has ended, or when the rest is discarded."""
        size = os.readv(self._read_end, [buffer])
        return 0 if self._is_discarded else size

    def discard(self):
        """Discards the rest of the result until the query has ended. Any thread may call it."""
        if self._is_discarded:
            return
        self._is_discarded = True
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        with self._closing:
            waste = bytearray(1 << 16)
            while not self._is_closed and os.readv(self._read_end, [waste]):
                pass

    def join(self):
        """Waits for the query; the engine's result, or None after an error."""
        self._thread.join()
        if self._is_discarded and self.error is None:
            self.error = EngineError(
                "Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)"
            )
        return self._result

    def close(self):
        """Discards the rest and waits for the query."""
        self._drain()
        self._thread.join()
        with self._closing:
            self._is_closed = True
            os.close(self._read_end)
