"""Lexer and classification of one SQL statement: as much as the bridge needs to route it.

The engine parses every statement itself. The bridge only has to know its kind, the FORMAT clause
at its end, and where it names `system.processes` or `queryID()`.
"""

import re
from dataclasses import dataclass

# Strings, quoted names, comments and words are one token each; any other character is its own.
_TOKENS = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)
    | (?P<string>'(?:[^'\\]|\\.|'')*')
    | (?P<name>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")
    | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d[\w.]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

READING = {"SELECT", "WITH", "FROM", "(", "VALUES"}
# Statements that a server of its own executes, and an embedded engine cannot or must not.
_NEEDS_SERVER = {
    ("CREATE", "USER"), ("CREATE", "ROLE"), ("CREATE", "QUOTA"), ("CREATE", "ROW"),
    ("CREATE", "SETTINGS"), ("ALTER", "USER"), ("ALTER", "ROLE"), ("DROP", "USER"),
    ("DROP", "ROLE"), ("DROP", "QUOTA"), ("DROP", "ROW"), ("DROP", "SETTINGS"),
}
_NEEDS_SERVER_FIRST = {"GRANT", "REVOKE"}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self):
        return self.text.upper()


def tokens(sql):
    """Every token except spaces and comments."""
    return [
        Token(match.lastgroup if match.lastgroup != "tag" else "heredoc", match.group(), *match.span())
        for match in _TOKENS.finditer(sql)
        if match.lastgroup != "space"
    ]


class Statement:
    """A statement's text, without a semicolon at its end."""

    def __init__(self, sql):
        self.tokens = tokens(sql)
        while self.tokens and self.tokens[-1].text == ";":
            self.tokens.pop()
        self.sql = sql[: self.tokens[-1].end] if self.tokens else ""
        self.first = self.tokens[0].upper if self.tokens else ""
        self.format, self._format_span = self._find_format()

    @property
    def reads(self):
        """Whether its result can be streamed: a SELECT in any form."""
        return self.first in READING

    @property
    def inserts(self):
        return self.first == "INSERT"

    @property
    def inserts_a_query(self):
        """INSERT … SELECT, which has no data of its own."""
        return self.inserts and any(
            token.kind == "word" and token.upper in ("SELECT", "WITH", "VALUES")
            for token in self.tokens[2:]
        )

    def dropped(self):
        """What a DROP removes: `DATABASE` or `TABLE`, its name as written, whether it may be
        missing; None for other statements."""
        if self.first != "DROP" or len(self.tokens) < 3:
            return None
        kind = "DATABASE" if self.tokens[1].upper == "DATABASE" else "TABLE"
        if self.tokens[1].upper not in ("DATABASE", "TABLE", "VIEW"):
            return None
        rest = self.tokens[2:]
        may_be_missing = [token.upper for token in rest[:2]] == ["IF", "EXISTS"]
        rest = rest[2:] if may_be_missing else rest
        words = {"SYNC", "NO", "DELAY", "PERMANENTLY"}
        while rest and rest[-1].upper in words:
            rest.pop()
        return kind, self.sql[rest[0].start : rest[-1].end] if rest else "", may_be_missing

    def needs_server(self):
        """Why a bridged engine refuses it, or None."""
        second = self.tokens[1].upper if len(self.tokens) > 1 else ""
        if self.first in _NEEDS_SERVER_FIRST or (self.first, second) in _NEEDS_SERVER:
            return "users and grants"
        upper = [token.upper for token in self.tokens if token.kind == "word"]
        if self.first != "SELECT" and ("ON", "CLUSTER") in zip(upper, upper[1:]):
            return "statements ON CLUSTER"
        return None

    def writes_a_file(self):
        words = [token.upper for token in self.tokens if token.kind == "word"]
        return self.reads and ("INTO", "OUTFILE") in zip(words, words[1:])

    def _find_format(self):
        depth = 0
        for index, token in enumerate(self.tokens):
            if token.text in "([{":
                depth += 1
            elif token.text in ")]}":
                depth -= 1
            elif (
                depth == 0
                and token.kind == "word"
                and token.upper == "FORMAT"
                and index + 1 < len(self.tokens)
                and self.tokens[index + 1].kind in ("word", "name")
            ):
                following = self.tokens[index + 2 :]
                ends = not following or following[0].upper == "SETTINGS" or self.first == "INSERT"
                if ends and index > 0:
                    name = self.tokens[index + 1]
                    return name.text.strip('`"'), (token.start, name.end)
        return None, None

    def without_format(self):
        if self._format_span is None:
            return self.sql
        start, end = self._format_span
        return self.sql[:start] + self.sql[end:]

    def into(self, place, default_format):
        """The same query with its result written to the file `place`."""
        clause = f" INTO OUTFILE '{place}' TRUNCATE "
        if self._format_span is None:
            return f"{self.sql}{clause}FORMAT {default_format}"
        start = self._format_span[0]
        return self.sql[:start] + clause + self.sql[start:]


def rewritten(sql, processes, query_id):
    """`system.processes` as the bridge's view, and `queryID()` as the client's id of this query.

    KILL QUERY looks its condition up in that view, because the engine knows its own ids only.
    """
    all_tokens = tokens(sql)
    edits = []
    for index, token in enumerate(all_tokens):
        texts = [t.text.strip('`"').lower() for t in all_tokens[index : index + 3]]
        if texts == ["system", ".", "processes"]:
            edits.append((token.start, all_tokens[index + 2].end, processes))
        elif texts == ["queryid", "(", ")"] and token.kind == "word":
            edits.append((token.start, all_tokens[index + 2].end, literal(query_id)))
    for start, end, text in reversed(edits):
        sql = sql[:start] + text + sql[end:]
    if [token.upper for token in all_tokens[:2]] != ["KILL", "QUERY"]:
        return sql
    words = [(token.upper, token) for token in tokens(sql)]
    where = next((token.end for word, token in words if word == "WHERE"), None)
    if where is None:
        return sql
    end = len(sql)
    for word, token in reversed(words):
        if word not in ("SYNC", "ASYNC", "TEST"):
            break
        end = token.start
    return (
        f"{sql[:where]} query_id IN (SELECT engine_query_id FROM {processes}"
        f" WHERE {sql[where:end]}) {sql[end:]}"
    )


def literal(text):
    """A string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def name(text):
    """A quoted name."""
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"
