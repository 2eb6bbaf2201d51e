-- exportbench cleanup: drops marked databases of runs that have ended
-- for: lists and drops them
GRANT DROP DATABASE, DROP TABLE ON `exportbench_`*.* TO {user};
-- for: reads whether a query of a run is still running
GRANT SELECT ON system.processes TO {user};
-- for: reads the time of a run's last query
-- without: uses the age of the run's newest table
GRANT SELECT ON system.query_log TO {user};
-- for: reads the time of the last insert
-- without: uses the age of the run's newest table
GRANT SELECT ON system.parts TO {user};
