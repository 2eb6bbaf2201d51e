-- A Distributed table in a separate database, with the same name as the shards' local tables,
-- so that a path reads one server or a cluster unchanged.
--
-- All versions of an observation have to be on one shard, because every path de-duplicates there: FINAL and
-- merges do, and a LIMIT BY or a subquery of a path runs on each shard. Of what a version can change (type,
-- start_time and with them day and month) nothing may choose the shard; project and id never change. The id
-- spreads one project, and so one export, over all shards; the project is there because an id is one within
-- its project only.
CREATE TABLE IF NOT EXISTS {front}.{table} ON CLUSTER {cluster} AS {local}.{table}
ENGINE = Distributed({cluster}, {local}, {table}, cityHash64(project_id, id));
-- `model` is an alias in the shards' tables, and here a column that is asked of them and never sent to them.
-- Through an alias in a table over all shards, ClickHouse 25.8 returns other columns' values where a query is
-- sorted by a column that it does not select: `input` came as `model`.
ALTER TABLE {front}.{table} ON CLUSTER {cluster}
  MODIFY COLUMN model Nullable(String) MATERIALIZED NULL;
