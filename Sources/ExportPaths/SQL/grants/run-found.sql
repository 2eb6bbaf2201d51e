-- exportbench run --database: measures tables that are there, with readonly = 2
-- for: exports table and view, and counts the rows of the view's own table
GRANT SELECT ON {database}.* TO {user};
-- for: reads the peak of memory, rows read and CPU of each query
GRANT SELECT ON system.query_log TO {user};
-- for: counts parts and storage, and sees whether merges run
GRANT SELECT ON system.parts TO {user};
GRANT SELECT ON system.parts_columns TO {user};
GRANT SELECT ON system.merges TO {user};
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
