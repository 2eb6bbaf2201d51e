-- idea: LIMIT BY in the order of the table's sorting key, so that parts are merged as they are read and nothing waits for the last row
-- keeps in memory: a block with all columns of every part that overlaps, and the ids that have been returned
-- gets wrong: same as limit-by; also, of an observation whose type or day changed it returns what comes first in the key's order
-- reads: observations
SET optimize_read_in_order = 1;

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
ORDER BY project_id, type, toDate(start_time), id, event_ts DESC
LIMIT 1 BY id
