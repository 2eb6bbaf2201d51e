"""Peers: PyPI's tpchgen-cli, curl, and ClickHouse's client, local and benchmark programs, which the
embedded engine's library contains; and a server for both sides.
"""

import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from measure import PROGRAM, ROOT, run

ENGINE = pathlib.Path(os.environ.get("EXPORTBENCH_ENGINES", ROOT / "engine")) / "25.8"
PEERS = ROOT / "engine/peers"
TPCHGEN = PEERS / "bin/tpchgen-cli"

# Starts a program of the library as Sources/Engine/Engine/wheel.py starts its server.
STARTER = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
entry = getattr(library, sys.argv[2])
arguments = [word.encode() for word in sys.argv[3:]]
argv = (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None)
sys.exit(entry(len(arguments), argv))
"""
ENTRIES = {
    "client": "_Z25mainEntryClickHouseClientiPPc",
    "local": "_Z24mainEntryClickHouseLocaliPPc",
    "benchmark": "_Z28mainEntryClickHouseBenchmarkiPPc",
}


def library():
    found = sorted(ENGINE.glob("lib/python*/site-packages/chdb/_chdb.*.so"))
    if not found:
        raise SystemExit("perf: no embedded engine 25.8; run scripts/setup")
    return found[0]


def clickhouse(program, *arguments):
    """The command of one of ClickHouse's programs."""
    return [ENGINE / "bin/python3", "-c", STARTER, library(), ENTRIES[program],
            f"clickhouse-{program}", *arguments]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """The embedded engine with its native port open, which `exportbench engine` leaves closed.

    Loopback only, in a separate folder; it ends with this process, however that ends.
    """

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="exportbench-perf-"))
        self.http, self.tcp = free_port(), free_port()
        self.password = secrets.token_hex(16)
        place = self.folder / "place.xml"
        place.write_text(f"<clickhouse><tcp_port>{self.tcp}</tcp_port></clickhouse>")
        environment = {
            **os.environ, "CLICKHOUSE_WATCHDOG_ENABLE": "0",
            "EXPORTBENCH_ENGINE_PORT": str(self.http),
            "EXPORTBENCH_ENGINE_PASSWORD": self.password,
            "EXPORTBENCH_ENGINE_DATA": f"{self.folder}/data/",
            "EXPORTBENCH_ENGINE_LOG": f"{self.folder}/server.log",
            "EXPORTBENCH_ENGINE_PLACE": str(place), "EXPORTBENCH_ENGINE_MEMORY_RATIO": "0.8",
        }
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", ENGINE / "bin/python3",
             ROOT / "Sources/Engine/Engine/wheel.py", library(),
             f"--config-file={ROOT}/Sources/Engine/Engine/config.xml"],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                self.ask("SELECT 1")
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise SystemExit("perf: the embedded engine did not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def environment(self):
        """The environment of exportbench commands."""
        return {"CLICKHOUSE_URL": f"http://127.0.0.1:{self.http}", "CLICKHOUSE_USER": "default",
                "CLICKHOUSE_PASSWORD": self.password}

    def ask(self, sql):
        """Runs a statement and returns its result."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/", data=sql.encode(),
            headers={"X-ClickHouse-User": "default", "X-ClickHouse-Key": self.password})
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.read().decode()


def ours(*arguments, **options):
    """Runs an exportbench command."""
    return run([PROGRAM, *arguments], **options)
