-- exportbench doctor: reads, with readonly = 2; needs no grant, and reports what it cannot read
-- for: reads other running queries
-- without: it cannot report other load
GRANT SELECT ON system.merges TO {user};
GRANT SELECT ON system.processes TO {user};
-- for: reads whether the server's allocator has statistics
-- without: it cannot report which memory sources are available
GRANT SELECT ON system.asynchronous_metrics TO {user};
-- for: reads the free space of disks
-- without: it cannot warn of a full disk
GRANT SELECT ON system.disks TO {user};
-- for: reads whether logs are written
-- without: it reports them as missing
GRANT SELECT ON system.query_log TO {user};
GRANT SELECT ON system.part_log TO {user};
GRANT SELECT ON system.query_views_log TO {user};
