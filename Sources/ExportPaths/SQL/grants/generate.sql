-- exportbench generate: writes a dataset into a database that it creates and keeps
-- for: creates database, table and view
GRANT CREATE DATABASE, CREATE TABLE ON {database}.* TO {user};
-- for: loads; the view reads what is inserted
GRANT INSERT, SELECT ON {database}.* TO {user};
