"""The body of a request, with its framing checked: a Content-Length, or chunks.

cheroot accepts sizes such as `-1` and `1_0`, and holds a whole chunk in memory. Both matter here: a
body that was cut off must not look complete, and a chunk may be as long as an insert.
"""

import re

from engine import EngineError

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LINE_BYTES_MAX = 4096
_TRAILERS_MAX = 64


class Disconnected(Exception):
    """The client closed the connection before its request or response was complete."""


class Body:
    def __init__(self, http):
        headers = http.inheaders
        length = headers.get(b"Content-Length")
        coding = headers.get(b"Transfer-Encoding")
        self._stream = http.conn.rfile
        self._is_chunked = coding is not None
        # Of the body, or of the current chunk.
        self._left = 0
        self.length = None
        self.is_complete = False
        self.received = 0
        if coding is not None:
            if not http.chunked_read or length is not None:
                raise invalid("it needs either a Content-Length or Transfer-Encoding: chunked")
        elif length is None:
            self.is_complete = True
        elif not re.fullmatch(rb"[0-9]{1,18}", length):
            raise invalid("its Content-Length is not a number")
        else:
            self._left = self.length = int(length)
            self.is_complete = self.length == 0

    def read(self, size):
        """The next `size` bytes, or all that are left; empty at the end."""
        if self.is_complete:
            return b""
        buffer = memoryview(bytearray(size if self._is_chunked else min(size, self._left)))
        filled = 0
        while filled < len(buffer) and not self.is_complete:
            if self._left == 0:
                self._begin_chunk()
                continue
            part = buffer[filled : filled + self._left]
            count = self._receive(self._read_into, part)
            if count == 0:
                raise Disconnected("the body is shorter than announced")
            filled += count
            self._left -= count
            if self._left == 0:
                self._end_part()
        self.received += filled
        return bytes(buffer[:filled])

    def _read_into(self, part):
        if not self._stream.has_data():
            return self._stream.raw.readinto(part)  # without a copy in cheroot's buffer
        data = self._stream.read1(len(part))
        part[: len(data)] = data
        return len(data)

    def _begin_chunk(self):
        line = self._line()
        found = _SIZE.fullmatch(line)
        if not found:
            raise invalid("the size of a chunk is not a hexadecimal number")
        self._left = int(found[1], 16)
        if self._left == 0:
            for _ in range(_TRAILERS_MAX):
                if self._line() == b"\r\n":
                    self.is_complete = True
                    return
            raise invalid("too many trailers")

    def _end_part(self):
        if not self._is_chunked:
            self.is_complete = True
        elif self._line() != b"\r\n":
            raise invalid("a chunk is longer than its size")

    def _line(self):
        line = self._receive(self._stream.readline, _LINE_BYTES_MAX)
        if not line:
            raise Disconnected("the body has no last chunk")
        return line

    def _receive(self, function, argument):
        try:
            return function(argument)
        except (OSError, ValueError) as error:
            raise Disconnected(str(error)) from None


def invalid(why):
    return EngineError(
        f"Code: 36. DB::Exception: The request's body is invalid: {why}. (BAD_ARGUMENTS)"
    )
