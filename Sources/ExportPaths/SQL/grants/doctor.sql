-- exportbench doctor: asks, with readonly = 2; it needs nothing, and says what it may not see
-- for: sees what else runs
-- without: it cannot say whether others are at work
GRANT SELECT ON system.merges TO {user};
GRANT SELECT ON system.processes TO {user};
-- for: sees whether the server's allocator tells figures
-- without: it cannot say which witnesses of memory there are
GRANT SELECT ON system.asynchronous_metrics TO {user};
-- for: sees the free space of disks
-- without: it cannot warn of a full disk
GRANT SELECT ON system.disks TO {user};
-- for: sees whether logs are written
-- without: it takes them for missing
GRANT SELECT ON system.query_log TO {user};
GRANT SELECT ON system.part_log TO {user};
GRANT SELECT ON system.query_views_log TO {user};
