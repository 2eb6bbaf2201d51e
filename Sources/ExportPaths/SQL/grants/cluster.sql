-- --cluster, with any command
-- for: reads logs, parts and rows of every host
GRANT REMOTE ON *.* TO {user};
GRANT SELECT ON system.clusters TO {user};
-- for: finds the available hosts
GRANT SELECT ON system.one TO {user};
