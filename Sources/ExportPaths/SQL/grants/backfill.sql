-- exportbench backfill: into the view, and nowhere else
-- for: reads table and view
GRANT SELECT ON {database}.* TO {user};
-- for: writes into the view
GRANT INSERT ON {database}.observations_export_mv TO {user};
-- for: counts parts, sees merges and what an earlier backfill still does
GRANT SELECT ON system.parts TO {user};
GRANT SELECT ON system.merges TO {user};
GRANT SELECT ON system.processes TO {user};
GRANT SELECT ON system.merge_tree_settings TO {user};
-- for: finds the shards of a cluster, and waits for parts that a replica has to fetch
-- without: tables that are replicated, or of a cluster, cannot be filled
GRANT SELECT ON system.clusters TO {user};
GRANT SELECT ON system.replicas TO {user};
GRANT SELECT ON system.replication_queue TO {user};
-- for: reads what each insert took and wrote
-- without: memory, CPU and parts stay empty in backfill.csv
GRANT SELECT ON system.query_log TO {user};
GRANT SELECT ON system.part_log TO {user};
-- for: writes the logs at once
-- without: each insert waits until the server writes its logs, by default every 7.5 s
GRANT SYSTEM FLUSH LOGS ON *.* TO {user};
