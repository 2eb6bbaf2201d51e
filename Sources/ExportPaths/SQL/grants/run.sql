-- exportbench run and load: in their own databases, which they drop at the end
-- for: creates its database, named after the run, with table, view and schema objects
GRANT CREATE DATABASE, DROP DATABASE, CREATE TABLE, DROP TABLE ON `exportbench_`*.* TO {user};
-- for: loads, exports, merges, and stops merges
GRANT INSERT, SELECT, OPTIMIZE, SYSTEM MERGES ON `exportbench_`*.* TO {user};
-- for: reads peak memory, rows read and CPU of each query
GRANT SELECT ON system.query_log TO {user};
-- for: reads parts, storage and running merges
GRANT SELECT ON system.parts TO {user};
GRANT SELECT ON system.parts_columns TO {user};
GRANT SELECT ON system.merges TO {user};
-- for: reads what inserts and merges wrote
-- without: write amplification stays empty
GRANT SELECT ON system.part_log TO {user};
-- for: reads the view's share of an insert
-- without: the view's share of an insert stays empty
GRANT SELECT ON system.query_views_log TO {user};
-- for: finds the flush that wrote an asynchronous insert
-- without: asynchronous inserts have no server-side figures
GRANT SELECT ON system.asynchronous_insert_log TO {user};
-- for: flushes the logs
-- without: each attempt waits for the server's own flush, by default every 7.5 s
GRANT SYSTEM FLUSH LOGS ON *.* TO {user};
-- for: reads the server's allocator and memory tracker
-- without: these memory sources stay empty
GRANT SELECT ON system.metrics TO {user};
GRANT SELECT ON system.asynchronous_metrics TO {user};
GRANT SYSTEM RELOAD ASYNCHRONOUS METRICS ON *.* TO {user};
-- for: releases free pages before an attempt
-- without: the resident set before an attempt includes memory of an earlier one
GRANT SYSTEM JEMALLOC ON *.* TO {user};
-- for: reads the free space of disks
-- without: storage.csv lacks the disks' free space
GRANT SELECT ON system.disks TO {user};
