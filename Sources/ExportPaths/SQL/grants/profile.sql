-- exportbench profile: asks for counts, shares and quantiles, with readonly = 2
-- for: reads the table
GRANT SELECT ON {database}.observations TO {user};
-- for: says what each question took
-- without: the peak of memory of each question is unknown before ClickHouse 25.11
GRANT SELECT ON system.query_log TO {user};
