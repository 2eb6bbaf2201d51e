-- exportbench migrate up and down: the design document's view, in a database that exportbench created
-- for: creates database, table and view
GRANT CREATE DATABASE, CREATE TABLE ON {database}.* TO {user};
-- for: the view reads what is inserted
GRANT SELECT ON {database}.* TO {user};
-- for: drops the view (down)
GRANT DROP VIEW ON {database}.* TO {user};
