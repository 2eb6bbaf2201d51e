-- idea: find the newest version of each id from two narrow columns first, then read the wide columns of those rows only
-- keeps in memory: the id and version of every observation in the window, twice; and what reads and encodes rows
-- gets wrong: returns both rows of an id whose event_ts ties; a stale row where start_time left the window
-- reads: observations
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
      AND start_time >= {minTimestamp: DateTime64(3)}
      AND start_time <= {maxTimestamp: DateTime64(3)}
    GROUP BY id
  )
