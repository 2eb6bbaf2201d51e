-- exportbench generate: a dataset into a database that it makes, and that stays
-- for: makes database, table and view
GRANT CREATE DATABASE, CREATE TABLE ON {database}.* TO {user};
-- for: loads; the view reads what is inserted
GRANT INSERT, SELECT ON {database}.* TO {user};
