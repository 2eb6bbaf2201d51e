-- exportbench run catalogue and run merge-states: in addition to the grants of run
-- for: adds a projection that some paths read
GRANT ALTER SETTINGS, ALTER ADD PROJECTION ON `exportbench_`*.* TO {user};
-- for: sets the table's codecs in a copy of the view (view_codecs)
GRANT ALTER MODIFY COLUMN ON `exportbench_`*.* TO {user};
-- for: keeps ids in a temporary table (newest-row-kept)
GRANT CREATE TEMPORARY TABLE ON *.* TO {user};
