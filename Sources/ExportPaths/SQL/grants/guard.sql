-- --max-server-memory, with any command
-- for: reads the memory of the whole server
GRANT SELECT ON system.metrics TO {user};
GRANT SELECT ON system.asynchronous_metrics TO {user};
-- for: kills queries of the same user only
GRANT SELECT ON system.processes TO {user};
