"""Starts the ClickHouse server that a chdb wheel carries.

The wheel's shared object exports the server's entry point and needs Python's symbols, so a Python
process loads it and becomes the server. Arguments: the shared object, then the server's arguments.
"""

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
entry = library._Z25mainEntryClickHouseServeriPPc
arguments = [b"clickhouse-server"] + [word.encode() for word in sys.argv[2:]]
argv = (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None)
sys.exit(entry(len(arguments), argv))
