-- idea: GROUP BY along the sorting key with argMax of every column, aggregated in order: a group is complete once its key has passed
-- keeps in memory: the blocks of every part that overlaps, with all columns, and some 50 MB of finished groups in each thread
-- gets wrong: drops tombstones only after the newest version is known, which is right; an observation whose type or day changed comes in both versions
-- reads: observations
SET optimize_aggregation_in_order = 1;

SELECT
  id, project_id, newest.1 AS trace_id, type, newest.2 AS name, newest.3 AS start_time,
  newest.4 AS end_time, newest.5 AS model, newest.6 AS input, newest.7 AS output,
  newest.8 AS metadata, newest.9 AS level, newest.10 AS status_message,
  newest.11 AS completion_start_time, newest.12 AS model_parameters, newest.13 AS usage_details,
  newest.14 AS cost_details, newest.15 AS updated_at
FROM (
  SELECT
    project_id, type, toDate(start_time) AS day, id,
    argMax((
      trace_id, name, start_time, end_time, provided_model_name, input, output, metadata, level,
      status_message, completion_start_time, model_parameters, usage_details, cost_details,
      updated_at, is_deleted), event_ts) AS newest
  FROM observations
  WHERE project_id = {projectId: String}
    AND start_time >= {minTimestamp: DateTime64(3)}
    AND start_time <= {maxTimestamp: DateTime64(3)}
  GROUP BY project_id, type, day, id
)
WHERE newest.16 = 0
