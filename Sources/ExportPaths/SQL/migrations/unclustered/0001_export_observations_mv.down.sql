DROP VIEW IF EXISTS observations_export_mv;
