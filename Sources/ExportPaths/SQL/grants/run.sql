-- exportbench run and load: in databases of their own, which they drop at the end
-- for: makes its database, named after the run, with table, view and what paths need
GRANT CREATE DATABASE, DROP DATABASE, CREATE TABLE, DROP TABLE ON `exportbench_`*.* TO {user};
-- for: loads, exports, merges, and keeps merges from running
GRANT INSERT, SELECT, OPTIMIZE, SYSTEM MERGES ON `exportbench_`*.* TO {user};
-- for: reads the peak of memory, rows read and CPU of each query
GRANT SELECT ON system.query_log TO {user};
-- for: counts parts and storage, and sees whether merges run
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
-- without: asynchronous inserts have no figures of the server's
GRANT SELECT ON system.asynchronous_insert_log TO {user};
-- for: writes the logs at once
-- without: each attempt waits until the server writes its logs, by default every 7.5 s
GRANT SYSTEM FLUSH LOGS ON *.* TO {user};
-- for: reads the server's allocator and memory tracker
-- without: these witnesses of memory stay empty
GRANT SELECT ON system.metrics TO {user};
GRANT SELECT ON system.asynchronous_metrics TO {user};
GRANT SYSTEM RELOAD ASYNCHRONOUS METRICS ON *.* TO {user};
-- for: gives free pages back before an attempt
-- without: the resident set before an attempt holds what an earlier one left
GRANT SYSTEM JEMALLOC ON *.* TO {user};
-- for: reads the free space of disks
-- without: storage.csv does not say how full the disks are
GRANT SELECT ON system.disks TO {user};
