-- exportbench verify: asks, with readonly = 2
-- for: reads table, view and the table that holds the view's rows, whose name nobody knows before
GRANT SELECT ON {database}.* TO {user};
-- for: counts the parts that merges have not put together yet
-- without: it says "not to be seen" of parts and merges
GRANT SELECT ON system.parts TO {user};
GRANT SELECT ON system.merges TO {user};
