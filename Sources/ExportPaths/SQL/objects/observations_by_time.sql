-- The design document's view with three changes: time in its sorting key, so that a window is a
-- range; the table's codecs and version column; every column of the export.
CREATE MATERIALIZED VIEW observations_by_time/*clustered: ON CLUSTER default*/
(
  id String,
  trace_id String,
  project_id String,
  environment LowCardinality(String),
  type LowCardinality(String),
  parent_observation_id Nullable(String),
  start_time DateTime64(3),
  end_time Nullable(DateTime64(3)),
  name String,
  metadata Map(LowCardinality(String), String),
  level LowCardinality(String),
  status_message Nullable(String),
  version Nullable(String),
  input Nullable(String) CODEC(ZSTD(3)),
  output Nullable(String) CODEC(ZSTD(3)),
  model Nullable(String),
  model_parameters Nullable(String),
  usage_details Map(LowCardinality(String), UInt64),
  cost_details Map(LowCardinality(String), Decimal64(12)),
  completion_start_time Nullable(DateTime64(3)),
  prompt_name Nullable(String),
  prompt_version Nullable(UInt16),
  updated_at DateTime64(3),
  event_ts DateTime64(3),
  is_deleted UInt8
)
ENGINE = /*clustered:Replicated*/ReplacingMergeTree(event_ts, is_deleted)
PARTITION BY toYYYYMM(start_time)
ORDER BY (project_id, toDate(start_time), id)
AS SELECT
  id, trace_id, project_id, environment, type, parent_observation_id, start_time, end_time, name,
  metadata, level, status_message, version, input, output, provided_model_name AS model,
  model_parameters, usage_details, cost_details, completion_start_time, prompt_name,
  prompt_version, updated_at, event_ts, is_deleted
FROM observations;
