-- Export-optimized materialized view of observations, to be read with FINAL.
--
-- SCHEMA DRIFT: the view copies a fixed list of columns. When a column of `observations` is added, renamed or
-- retyped, this view must be changed with it, or the export silently lacks the column. `exportbench verify`
-- finds what differs, and with --alters prints the ALTERs of the inner table and of the view's SELECT.
--
-- Requires observations.model: on a table without it, first
--   ALTER TABLE observations ADD COLUMN model Nullable(String) ALIAS provided_model_name;
CREATE MATERIALIZED VIEW IF NOT EXISTS observations_export_mv/*clustered: ON CLUSTER default*/
ENGINE = /*clustered:Replicated*/ReplacingMergeTree(updated_at)
ORDER BY (project_id, id)
PARTITION BY toYYYYMM(start_time)
AS SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at, is_deleted
FROM observations;
