-- exportbench verify: reads, with readonly = 2
-- for: reads table, view and the view's inner table, whose name is not known in advance
GRANT SELECT ON {database}.* TO {user};
-- for: counts unmerged parts
-- without: it prints "not to be seen" for parts and merges
GRANT SELECT ON system.parts TO {user};
GRANT SELECT ON system.merges TO {user};
