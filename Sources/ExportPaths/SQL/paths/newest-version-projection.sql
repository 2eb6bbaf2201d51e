-- idea: newest-version over the project's whole history, where a projection of the narrow columns by id lets the newest versions be found as they are read
-- keeps in memory: the id and version of every observation of the project, once; and what reads and encodes rows
-- gets wrong: returns both rows of an id whose event_ts ties; it costs the projection's storage and merges
-- reads: observations
-- needs: observations_versions
SET optimize_aggregation_in_order = 1;
SET optimize_use_projections = 1;

SELECT
  id, project_id, trace_id, type, name, start_time, end_time,
  model, input, output, metadata, level, status_message,
  completion_start_time, model_parameters, usage_details, cost_details,
  updated_at
FROM observations
WHERE project_id = {projectId: String}
  AND start_time >= {minTimestamp: DateTime64(3)}
  AND start_time <= {maxTimestamp: DateTime64(3)}
  AND is_deleted = 0
  AND (id, event_ts) IN (
    SELECT id, max(event_ts)
    FROM observations
    WHERE project_id = {projectId: String}
    GROUP BY project_id, id
  )
