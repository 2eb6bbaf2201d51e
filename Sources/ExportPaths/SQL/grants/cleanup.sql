-- exportbench cleanup: drops marked databases of runs that have ended
-- for: sees them, and drops them with what is in them
GRANT DROP DATABASE, DROP TABLE ON `exportbench_`*.* TO {user};
-- for: sees whether a query of a run still runs
GRANT SELECT ON system.processes TO {user};
-- for: sees when a run last asked something
-- without: the age of a run is that of its newest table
GRANT SELECT ON system.query_log TO {user};
-- for: sees when rows were last written
-- without: as before
GRANT SELECT ON system.parts TO {user};
