DROP VIEW IF EXISTS observations_export_mv ON CLUSTER default SYNC;
