-- exportbench export: reads, with readonly = 2; a path that keeps ids in a temporary table needs that of catalogue too
-- for: reads the table or the view that the path reads
GRANT SELECT ON {database}.* TO {user};
