-- --cluster, with run and load
-- for: creates, merges and drops on every host
GRANT CLUSTER ON *.* TO {user};
-- for: creates Distributed tables
GRANT ALTER MODIFY COLUMN ON `exportbench_`*.* TO {user};
-- for: waits until replicas have the same rows
GRANT SELECT ON system.replicas TO {user};
-- for: makes replicated tables check for merges more often
-- without: insert benchmarks cannot be run
GRANT ALTER SETTINGS ON `exportbench_`*.* TO {user};
