-- exportbench backfill: writes into the view only
-- for: reads table and view
GRANT SELECT ON {database}.* TO {user};
-- for: writes into the view
GRANT INSERT ON {database}.observations_export_mv TO {user};
-- for: reads parts, merges and running queries of an earlier backfill
GRANT SELECT ON system.parts TO {user};
GRANT SELECT ON system.merges TO {user};
GRANT SELECT ON system.processes TO {user};
GRANT SELECT ON system.merge_tree_settings TO {user};
-- for: finds the shards of a cluster, and waits for parts that a replica must fetch
-- without: replicated tables and clusters cannot be filled
GRANT SELECT ON system.clusters TO {user};
GRANT SELECT ON system.replicas TO {user};
GRANT SELECT ON system.replication_queue TO {user};
-- for: reads the resources and the output of each insert
-- without: memory, CPU and parts stay empty in backfill.csv
GRANT SELECT ON system.query_log TO {user};
GRANT SELECT ON system.part_log TO {user};
-- for: flushes the logs
-- without: each insert waits for the server's own flush, by default every 7.5 s
GRANT SYSTEM FLUSH LOGS ON *.* TO {user};
