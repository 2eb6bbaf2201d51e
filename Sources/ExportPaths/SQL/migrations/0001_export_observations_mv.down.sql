DROP VIEW IF EXISTS observations_export_mv/*clustered: ON CLUSTER default SYNC*/;
