"""Entries of query_log from the engine's debug log, for engines that write no query_log.

The log has, by query id: the comment with the bridge's number of the query, times to the
microsecond, parts and marks selected, and the peak memory, rounded to 1/100 KiB, MiB or GiB. Rows
and bytes read come from the engine's result. What neither has, such as CPU time, stays empty.
"""

import json
import os
import re
import threading
from datetime import datetime

from engine import count

_LINE = re.compile(
    rb"(\d{4})\.(\d\d)\.(\d\d) (\d\d:\d\d:\d\d\.\d{6}) \[ (\d+) \] \{([^}]*)\} <\w+> (.*)"
)
# A SET of the session can have the comment too.
_COMMENT = re.compile(
    rb"executeQuery: \(from .*?\) \(comment: bridge\t(\d+)\t[^)]*\) \(query 1, line \d+\) (?!SET )"
)
_PEAK = re.compile(rb"MemoryTracker: Query peak memory usage: ([\d.]+) (B|KiB|MiB|GiB|TiB)")
_SELECTED = re.compile(
    rb"\(SelectExecutor\): Selected \d+/\d+ parts by partition key, (\d+) parts by primary key, .*"
    rb" (\d+) marks to read from (\d+) ranges"
)
_UNITS = {b"B": 1, b"KiB": 1 << 10, b"MiB": 1 << 20, b"GiB": 1 << 30, b"TiB": 1 << 40}

TABLE = "bridge.query_log"
# As in query_log; `engine_query_id` is the engine's own id.
_COLUMNS = {
    "engine_query_id": "String",
    "type": "Enum8('QueryStart' = 1, 'QueryFinish' = 2, 'ExceptionBeforeStart' = 3,"
            " 'ExceptionWhileProcessing' = 4)",
    "event_date": "Date", "event_time": "DateTime", "event_time_microseconds": "DateTime64(6)",
    "query_start_time": "DateTime", "query_start_time_microseconds": "DateTime64(6)",
    "query_duration_ms": "UInt64", "read_rows": "UInt64", "read_bytes": "UInt64",
    "written_rows": "UInt64", "written_bytes": "UInt64", "result_rows": "Nullable(UInt64)",
    "result_bytes": "Nullable(UInt64)", "memory_usage": "Nullable(UInt64)",
    "current_database": "String",
    "query": "String", "query_kind": "LowCardinality(String)", "exception_code": "Int32",
    "exception": "String", "is_initial_query": "UInt8", "user": "String", "query_id": "String",
    "initial_query_id": "String", "http_user_agent": "String", "log_comment": "String",
    "ProfileEvents": "Map(LowCardinality(String), UInt64)",
    "Settings": "Map(LowCardinality(String), LowCardinality(String))",
}


CREATE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} ("
    + ", ".join(f"{key} {kind}" for key, kind in _COLUMNS.items())
    + ") ENGINE = MergeTree ORDER BY (event_date, event_time)"
)


class DebugLog:
    def __init__(self, engine, path):
        self._engine = engine
        self._path = path
        self._offset = os.path.getsize(path) if os.path.exists(path) else 0
        self._rest = b""
        self._lock = threading.Lock()
        self._ended = {}
        self._queries = {}
        self._last_of_thread = {}
        self._numbers = set()

    def end(self, request, kind):
        """Notes a query that has ended; its entry is written at the next flush."""
        with self._lock:
            self._ended[request.number] = (request, kind)

    def flush(self):
        """Writes the entries of all ended queries whose lines are in the log."""
        with self._lock:
            self._read()
            rows = []
            by_number = {query["number"]: key for key, query in self._queries.items()}
            for number in list(self._ended):
                key = by_number.get(number)
                ended = self._ended.pop(number)
                # A query that was refused before its start is not logged.
                if key is not None:
                    rows.append(self._row(key, self._queries.pop(key), *ended))
            if rows:
                lines = "\n".join(json.dumps(row) for row in rows)
                self._engine.execute(f"INSERT INTO {TABLE} FORMAT JSONEachRow\n{lines}")

    def _read(self):
        with open(self._path, "rb") as log:
            log.seek(self._offset)
            data = self._rest + log.read()
            self._offset = log.tell()
        lines = data.split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            found = _LINE.match(line)
            if found:
                self._take(*found.groups())

    def _take(self, year, month, day, time, thread, key, text):
        at = b"%b-%b-%b %b" % (year, month, day, time)
        if (comment := _COMMENT.match(text)) and int(comment[1]) not in self._numbers:
            self._numbers.add(int(comment[1]))
            self._queries[key] = {
                "number": int(comment.group(1)), "start": at, "end": at, "peak": None, "parts": 0,
                "marks": 0, "ranges": 0,
            }
            self._last_of_thread[thread] = key
        # A failed query's peak is logged by the same thread without the query's id.
        # A peak below 1 MiB is not logged.
        peak = _PEAK.match(text)
        if peak and not key:
            key = self._last_of_thread.get(thread, b"")
        query = self._queries.get(key)
        if query is None:
            return
        if peak:
            query["peak"] = max(query["peak"] or 0, round(float(peak[1]) * _UNITS[peak[2]]))
        elif selected := _SELECTED.search(text):
            for name, number in zip(("parts", "marks", "ranges"), selected.groups()):
                query[name] += int(number)
        if text.startswith(b"executeQuery: "):
            query["end"] = at

    def _row(self, key, query, request, kind):
        result, error = request.result, request.error
        start, end = query["start"].decode(), query["end"].decode()
        counts = {
            name: count(result, source)
            for name, source in [
                ("read_rows", "storage_rows_read"), ("read_bytes", "storage_bytes_read"),
                ("written_rows", "rows_written"), ("written_bytes", "bytes_written"),
            ]
        }
        # A query that the engine encodes itself writes its result; older engines do not count that.
        if kind == "Select":
            written = [counts.pop(name) for name in ("written_rows", "written_bytes")]
            if request.is_encoded and not hasattr(result, "rows_written"):
                written = [None, None]
            elif not request.is_encoded:
                written = [count(result, name) for name in ("rows_read", "bytes_read")]
            counts["result_rows"], counts["result_bytes"] = written
        settings = request.client_settings()
        if request.log_comment:
            settings["log_comment"] = request.log_comment
        return counts | {
            "engine_query_id": key.decode(), "type": 4 if error else 2, "event_date": end[:10],
            "event_time": end[:19], "event_time_microseconds": end, "query_start_time": start[:19],
            "query_start_time_microseconds": start, "memory_usage": query["peak"],
            "query_duration_ms": _milliseconds(start, end), "current_database": request.database,
            "query": request.sql, "query_kind": kind, "exception_code": error.code if error else 0,
            "exception": str(error or ""), "is_initial_query": 1, "user": "default",
            "query_id": request.query_id, "initial_query_id": request.query_id,
            "http_user_agent": request.agent, "log_comment": request.log_comment,
            "ProfileEvents": {
                "SelectedParts": query["parts"], "SelectedMarks": query["marks"],
                "SelectedRanges": query["ranges"],
            },
            "Settings": settings,
        }


def _milliseconds(start, end):
    taken = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return round(taken.total_seconds() * 1e3)
