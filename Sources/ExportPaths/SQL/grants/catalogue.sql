-- exportbench run catalogue and run merge-states: beside the grants of run
-- for: gives the table a projection that some paths read
GRANT ALTER SETTINGS, ALTER ADD PROJECTION ON `exportbench_`*.* TO {user};
-- for: gives a copy of the view the table's codecs (view_codecs)
GRANT ALTER MODIFY COLUMN ON `exportbench_`*.* TO {user};
-- for: keeps ids in a temporary table (newest-row-kept)
GRANT CREATE TEMPORARY TABLE ON *.* TO {user};
