-- exportbench profile: reads counts, shares and quantiles, with readonly = 2
-- for: reads the table
GRANT SELECT ON {database}.observations TO {user};
-- for: reads the resources of each query
-- without: the peak memory of each query is unknown before ClickHouse 25.11
GRANT SELECT ON system.query_log TO {user};
