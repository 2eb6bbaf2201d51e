-- --cluster, with any command
-- for: reads logs, parts and rows of every host
GRANT CREATE TEMPORARY TABLE, REMOTE ON *.* TO {user};
GRANT SELECT ON system.clusters TO {user};
GRANT SELECT ON system.replicas TO {user};
GRANT SELECT ON system.one TO {user};
