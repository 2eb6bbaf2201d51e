"""Serves the engine of a chdb wheel over ClickHouse's HTTP interface, on a loopback port.

From version 26 on, the wheels do not export a server's entry point, but the engine inside is whole.
This process, the bridge, holds it and answers like a server. Argument: the wheel's shared object.
The environment has the rest, as for a server, so that no secret is in a file or process list.
"""

import os
import signal
import sys
import threading
import traceback

import connections
import http_interface
import logs
from debug_log import DebugLog
from engine import Engine, Sessions

# Requests at a time. Further ones wait.
THREADS = 80
# For running queries to end, and then for the engine.
STOP_SECONDS = 1


def main():
    folder = os.environ["EXPORTBENCH_ENGINE_DATA"]
    os.makedirs(folder, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    engine = Engine(sys.argv[1], folder, os.path.join(here, "bridge.xml"))
    engine.execute("SYSTEM FLUSH LOGS")
    tables = engine.text("SELECT name FROM system.tables WHERE database = 'system'").splitlines()
    has_query_log = logs.RAW["query_log"] in tables
    interface = http_interface.Interface
    log = None if has_query_log else DebugLog(engine, os.environ["EXPORTBENCH_ENGINE_LOG"])
    interface.debug_log = log
    for statement in logs.views(
        engine.own_settings,
        engine.block_size,
        has_query_log,
        can_measure="jemalloc_stats" in tables,
    ):
        engine.execute(statement)
    interface.engine = engine
    interface.sessions = Sessions(engine)
    interface.password = os.environ.pop("EXPORTBENCH_ENGINE_PASSWORD").encode()
    interface.watch = connections.Watch(engine)
    interface.watch.start()
    port = int(os.environ["EXPORTBENCH_ENGINE_PORT"])
    server = connections.server(port, interface, THREADS)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())

    def serve():
        try:
            server.serve()
        finally:
            stopping.set()

    server.prepare()
    threading.Thread(target=serve, daemon=True).start()
    stopping.wait()
    engine.stop(f"{logs.MARK}\t", STOP_SECONDS)


try:
    main()
except BaseException:
    traceback.print_exc()
    sys.stderr.flush()
    # Threads of the engine and the HTTP server would keep the process.
    os._exit(1)
os._exit(0)
