-- --cluster, with run and load
-- for: makes, merges and drops on every host
GRANT CLUSTER ON *.* TO {user};
-- for: makes tables over all shards
GRANT ALTER MODIFY COLUMN ON `exportbench_`*.* TO {user};
-- for: waits until replicas have the same rows
GRANT SELECT ON system.replicas TO {user};
-- for: has replicated tables look for merges often
-- without: benchmarks of writes cannot be run
GRANT ALTER SETTINGS ON `exportbench_`*.* TO {user};
