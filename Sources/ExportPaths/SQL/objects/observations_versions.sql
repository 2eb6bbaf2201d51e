-- The narrow columns that de-duplication reads, by id, so that it can be done while
-- reading.
ALTER TABLE observations/*clustered: ON CLUSTER default*/ MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';
ALTER TABLE observations/*clustered: ON CLUSTER default*/ ADD PROJECTION observations_versions
(
  SELECT project_id, id, event_ts
  ORDER BY project_id, id
);
