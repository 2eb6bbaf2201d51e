"""System tables as clients of a server expect them: with the client's query ids.

The engine chooses the id of every query. The bridge writes the client's id, user agent and
comment into `log_comment`, and views under the usual names take them apart again.
"""

import re
from urllib.parse import quote

import debug_log
import statement
from statement import literal

MARK = "bridge"
PROCESSES = f"{MARK}.processes"
# The beginning of a query whose result the engine encodes itself; see http_interface.py.
ENCODED = "INSERT INTO FUNCTION file("
UNGATHERED = "SETTINGS max_block_size = 1 "

# The tables that config.xml of the bridge gives the engine's own logs.
RAW = {
    "query_log": "bridge_query_log",
    "part_log": "bridge_part_log",
    "query_views_log": "bridge_query_views_log",
}


def comment(number, query_id, agent, text):
    parts = [quote(part, safe="") for part in (query_id, agent, text)]
    return "\t".join([MARK, str(number)] + parts)


def comment_prefix(number):
    return f"{MARK}\t{number}\t"


# What the bridge adds to a query that the engine encodes.
_ADDED = (
    rf"^INSERT INTO FUNCTION file\(.*?\) ({UNGATHERED})?"
    rf"| {re.escape(statement.MARK)}( SETTINGS|,) max_block_size = .*$"
)
_BLOCK_SIZE = rf"{re.escape(statement.MARK)}(?: SETTINGS|,) max_block_size = (.*)$"
_OUTFILE = (
    rf" INTO OUTFILE '/dev/fd/\d+' TRUNCATE ({re.escape(statement.MARK)} FORMAT \w+$)?"
)
_PARTS = "splitByChar('\\t', {comment}) AS parts, parts[1] = 'bridge' AS is_bridged"


def _settings(own, block_size):
    """Settings of the client alone: without the bridge's own, and with the client's values."""
    names = ", ".join(literal(key) for key in sorted(own) + ["log_comment"])
    none = "CAST(map(), 'Map(String, String)')"
    return (
        f"CAST(mapConcat(mapFilter((k, v) -> k NOT IN ({names})"
        f" AND NOT (k = 'max_block_size' AND position(query, {literal(UNGATHERED)}) > 0),"
        " CAST(Settings, 'Map(String, String)')),"
        f" if(text = '', {none}, map('log_comment', text)),"
        f" if(block_size IN ('', '{block_size}'), {none}, map('max_block_size', block_size))),"
        " 'Map(LowCardinality(String), LowCardinality(String))') AS Settings"
    )


_CLIENT = (
    "if(is_bridged, decodeURLComponent(parts[3]), query_id) AS client_query_id,"
    " if(is_bridged, decodeURLComponent(parts[4]), http_user_agent) AS agent,"
    " if(is_bridged, decodeURLComponent(parts[5]), {comment}) AS text,"
    f" extract(query, {literal(_BLOCK_SIZE)}) AS block_size"
)


def views(own_settings, block_size, has_query_log, can_measure):
    """Statements that create the views, in order."""
    comment = "Settings['log_comment']"
    yield f"CREATE DATABASE IF NOT EXISTS {MARK}"
    yield (
        f"CREATE OR REPLACE VIEW {PROCESSES} AS SELECT * REPLACE ("
        "client_query_id AS query_id, client_query_id AS initial_query_id,"
        f" agent AS http_user_agent, {_settings(own_settings, block_size)})"
        f" FROM (SELECT *, query_id AS engine_query_id, {_PARTS.format(comment=comment)},"
        f" {_CLIENT.format(comment=comment)} FROM system.processes)"
    )
    if can_measure:
        yield (
            "CREATE OR REPLACE VIEW system.asynchronous_metrics AS"
            " SELECT 'jemalloc.allocated' AS metric,"
            " toFloat64OrZero(extract(stats, 'Allocated: (\\\\d+)')) AS value"
            " FROM system.jemalloc_stats"
            " UNION ALL SELECT 'jemalloc.resident',"
            " toFloat64OrZero(extract(stats, 'resident: (\\\\d+)')) FROM system.jemalloc_stats"
            " UNION ALL SELECT 'MemoryResident', toFloat64OrZero(extract(line, '(\\\\d+)')) * 1024"
            " FROM file('/proc/self/status', 'LineAsString', 'line String')"
            " WHERE startsWith(line, 'VmRSS:')"
            " SETTINGS storage_file_read_method = 'pread'"
        )
    if not has_query_log:
        yield debug_log.CREATE
        yield f"CREATE OR REPLACE VIEW system.query_log AS SELECT * FROM {debug_log.TABLE}"
        return
    raw = f"system.{RAW['query_log']}"
    yield (
        "CREATE OR REPLACE VIEW system.query_log AS SELECT * REPLACE ("
        "client_query_id AS query_id, client_query_id AS initial_query_id,"
        " agent AS http_user_agent, text AS log_comment,"
        f" if(is_encoded, 'Select', query_kind) AS query_kind,"
        f" if(is_encoded, replaceRegexpAll(query, {literal(_ADDED)}, ''),"
        f" replaceRegexpOne(query, {literal(_OUTFILE)}, '')) AS query,"
        f" {_settings(own_settings, block_size)})"
        f" FROM (SELECT *, query_id AS engine_query_id, {_PARTS.format(comment='log_comment')},"
        f" {_CLIENT.format(comment='log_comment')},"
        f" is_bridged AND startsWith(query, {literal(ENCODED)}) AS is_encoded FROM {raw})"
        # The bridge sets the settings of a request, and resets them in a session that stays.
        " WHERE is_bridged AND query_kind != 'Set'"
    )
    ids = (
        "(SELECT DISTINCT query_id AS engine_query_id,"
        f" decodeURLComponent(splitByChar('\\t', log_comment)[3]) AS client_query_id FROM {raw}"
        f" WHERE startsWith(log_comment, '{MARK}\\t'))"
    )
    for log, column in [("part_log", "query_id"), ("query_views_log", "initial_query_id")]:
        yield (
            f"CREATE OR REPLACE VIEW system.{log} AS SELECT log.* REPLACE ("
            f"if(ids.client_query_id = '', log.{column}, ids.client_query_id) AS {column})"
            f" FROM system.{RAW[log]} AS log LEFT ANY JOIN {ids} AS ids"
            f" ON log.{column} = ids.engine_query_id"
        )
