-- The narrow columns alone, by id: what de-duplication looks at, in the order in which it can be done as
-- it is read.
ALTER TABLE observations/*clustered: ON CLUSTER default*/ MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';
ALTER TABLE observations/*clustered: ON CLUSTER default*/ ADD PROJECTION observations_versions
(
  SELECT project_id, id, event_ts
  ORDER BY project_id, id
);
