"""Lexer and classification of one SQL statement: as much as the bridge needs to route it.

The engine parses every statement itself. The bridge only has to know its kind, the FORMAT clause
at its end, and where it names `system.processes` or `queryID()`.
"""

import re
from dataclasses import dataclass

# Strings, quoted names, comments and words are one token each; any other character is its own.
_TOKENS = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|\#[ !][^\n]*|/\*(?:.*?\*/|.*))
    | (?P<string>'(?:[^'\\]|\\.|'')*')
    | (?P<name>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")
    | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d[\w.]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

# Before a clause that the bridge adds.
MARK = "/* bridge */"
READING = {"SELECT", "WITH", "FROM", "(", "VALUES"}
# Statements that a separate server executes, and an embedded engine cannot or must not.
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
    """Every token except spaces and comments; of an insert, without data that follow it."""
    found = []
    depth = 0
    for match in _TOKENS.finditer(sql):
        kind = match.lastgroup if match.lastgroup != "tag" else "heredoc"
        if kind == "space":
            continue
        token = Token(kind, match.group(), *match.span())
        found.append(token)
        depth += (token.text in "([{") - (token.text in ")]}")
        if depth == 0 and found[0].upper == "INSERT" and kind in ("word", "name"):
            before = found[-2].upper if len(found) > 1 else ""
            is_name = before in ("INTO", "TABLE", ".", "INSERT")
            if before == "FORMAT" or kind == "word" and token.upper == "VALUES" and not is_name:
                break
    return found


@dataclass
class Kill:
    condition: str
    is_sync: bool
    is_test: bool


class Statement:
    """A statement's text, without a semicolon at its end; the data of an insert are apart."""

    def __init__(self, sql):
        self.tokens = tokens(sql)
        while self.tokens and self.tokens[-1].text == ";":
            self.tokens.pop()
        end = self.tokens[-1].end if self.tokens else 0
        self.sql = sql[:end]
        self.first = self.tokens[0].upper if self.tokens else ""
        self.format, self._format_span = self._find_format()
        # Whether data of an insert follow the statement, or are the request's body.
        self.takes_data = self.first == "INSERT" and not any(
            token.kind == "word" and token.upper in ("SELECT", "WITH")
            for token in self.tokens[2:]
        )
        # As a server: without blanks, and then one line break, at their beginning.
        data = re.sub(r"\A[ \t\f]*(?:\r?\n)?", "", sql[end:])
        self.data = data if self.takes_data else ""

    @property
    def has_several(self):
        return any(token.text == ";" for token in self.tokens)

    @property
    def inserts(self):
        """INSERT, also in the form `WITH … INSERT … SELECT`."""
        if self.first != "WITH":
            return self.first == "INSERT"
        return any(token.upper == "INSERT" for token in self._outer_words())

    @property
    def inserts_into_function(self):
        return self.inserts and (self._has("INTO", "FUNCTION") or self._has("TABLE", "FUNCTION"))

    @property
    def reads(self):
        """Whether its result can be streamed: a SELECT in any form."""
        return self.first in READING and not self.inserts

    def _has(self, first, second):
        """Whether two words follow each other, comments and other tokens between them aside."""
        words = [token.upper for token in self.tokens if token.kind == "word"]
        return (first, second) in zip(words, words[1:])

    def _outer_words(self):
        depth = 0
        for token in self.tokens:
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.kind == "word":
                yield token

    def kill(self):
        """What KILL QUERY ends, or None."""
        words = [token.upper for token in self.tokens]
        if words[:2] != ["KILL", "QUERY"] or "WHERE" not in words:
            return None
        rest = self.tokens[words.index("WHERE") + 1 :]
        if self._format_span:
            rest = [token for token in rest if token.end <= self._format_span[0]]
        modes = {"SYNC", "ASYNC", "TEST"}
        mode = rest.pop().upper if rest and rest[-1].upper in modes else "ASYNC"
        condition = self.sql[rest[0].start : rest[-1].end] if rest else ""
        return Kill(condition, mode == "SYNC", mode == "TEST")

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
        if self.first != "SELECT" and self._has("ON", "CLUSTER"):
            return "statements ON CLUSTER"
        return None

    def writes_a_file(self):
        return self._has("INTO", "OUTFILE")

    def reads_a_file(self):
        return self.inserts and self._has("FROM", "INFILE")

    def reads_its_body_as_a_table(self):
        texts = [token.upper for token in self.tokens]
        return self.inserts and not self.takes_data and ("INPUT", "(") in zip(texts, texts[1:])

    def _find_format(self):
        if self.first == "INSERT" and self.tokens[-1].upper == "VALUES":
            return "Values", (self.tokens[-1].start, self.tokens[-1].end)
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

    def with_block_size(self, rows):
        """A SELECT without FORMAT with one more setting; None if it is a union, whose parts
        have their own settings."""
        sql = self.without_format()
        words = [token.upper for token in self._outer_words()]
        if self.first not in ("SELECT", "WITH") or {"UNION", "EXCEPT", "INTERSECT"} & set(words):
            return None
        if "SETTINGS" not in words:
            return f"{sql} {MARK} SETTINGS max_block_size = {rows}"
        if any(token.text.lower() == "max_block_size" for token in self.tokens):
            return sql
        return f"{sql} {MARK}, max_block_size = {rows}"

    def into(self, place, default_format):
        """The same query with its result written to the file `place`."""
        clause = f" INTO OUTFILE '{place}' TRUNCATE "
        if self._format_span is None:
            return f"{self.sql}{clause}{MARK} FORMAT {default_format}"
        start = self._format_span[0]
        return self.sql[:start] + clause + self.sql[start:]


def rewritten(sql, processes, query_id):
    """`system.processes` as the bridge's view, and `queryID()` as the client's id of this query."""
    if not re.search("processes|queryid", sql, re.IGNORECASE):
        return sql  # nearly every statement, and some are long
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
    return sql


def literal(text):
    """A string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def name(text):
    """A quoted name."""
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"
