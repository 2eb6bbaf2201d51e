// Queries of a profile. Each returns one row of counts and quantiles. Words are counted on the
// server and only their counts are returned: by vocabulary order for known words, by rank for
// others.

import ClickHouseClient
import ExistingTables
import ObservationGenerator

struct ProfileSQL {
  /// The local table, for estimates of what a query reads.
  let table: String
  /// What queries read: the table, or a Distributed one over all shards.
  let source: String
  /// Columns of the table.
  let columns: Set<String>
  let project: String?

  private func has(_ name: String) -> Bool { columns.contains(name) }

  private var key: String { has("project_id") ? "cityHash64(project_id, id)" : "cityHash64(id)" }

  private var scope: String {
    """
    start_time >= fromUnixTimestamp64Milli({from:Int64})
      AND start_time < fromUnixTimestamp64Milli({to:Int64})
    """ + (project == nil ? "" : " AND project_id = {project:String}")
  }

  private func bound(
    _ sql: String, _ window: Profile.Window, _ more: [String: Parameter] = [:]
  ) -> Query {
    var query = Query(sql, parameters: more)
    query.parameters["from"] = Parameter(window.from)
    query.parameters["to"] = Parameter(window.to)
    if let project { query.parameters["project"] = Parameter(project) }
    return query
  }

  /// Start times of the rows, for one ``TimeSpread/Row``.
  ///
  /// - Parameter group: the grouping expression; nil for one group.
  func timeSpread(by group: String?) -> Query {
    Query(TimeSpread.sql(from: source, by: group))
  }

  /// How many rows a query of that window would read on one server.
  func estimate(_ window: Profile.Window) -> Query {
    bound("EXPLAIN ESTIMATE SELECT id, start_time FROM \(table) WHERE \(scope)", window)
  }

  /// Rows, ids, traces and projects, unsampled.
  func totals(_ window: Profile.Window) -> Query {
    func uniq(_ column: String) -> String {
      has(column) ? "toInt64(uniqCombined64(20)(\(column)))" : "CAST(NULL AS Nullable(Int64))"
    }
    return bound(
      """
      SELECT toInt64(count()) AS rows, toInt64(uniqCombined64(20)(\(key))) AS ids,
        \(uniq("trace_id")) AS traces, \(uniq("project_id")) AS projects
      FROM \(source) WHERE \(scope)
      """, window)
  }

  private func last(_ expression: String) -> String {
    has("event_ts") ? "argMax(\(expression), event_ts)" : "anyLast(\(expression))"
  }

  // A column's word in the newest version; '' if missing.
  private func word(_ column: String) -> String {
    has(column) ? last("ifNull(toString(\(column)), '')") : "''"
  }

  /// Versions, lags and words, for one id in `sampled`.
  func identities(_ window: Profile.Window, sampled: Int) -> Query {
    let times =
      has("event_ts")
      ? """
      arrayPopFront(arrayDifference(arrayConcat(
        [toInt64(toUnixTimestamp64Milli(toDateTime64(min(start_time), 3)))],
        arraySort(groupArray(toInt64(toUnixTimestamp64Milli(toDateTime64(event_ts, 3))))))))
      """ : "emptyArrayInt64()"
    let ranks = Profile.ranksMax
    func counts(_ map: String) -> String {
      "arraySlice(arrayReverseSort(tupleElement(\(map), 2)), 1, \(ranks))"
    }
    func known(_ map: String, _ words: String) -> String {
      """
      arrayMap(w -> toInt64(arraySum(arrayMap((k, c) -> if(k = w, c, 0), tupleElement(\(map), 1),
        tupleElement(\(map), 2)))),
        {\(words):Array(String)})
      """
    }
    func others(_ map: String, _ words: String) -> String {
      "toInt64(arrayCount(k -> NOT has({\(words):Array(String)}, k), tupleElement(\(map), 1)))"
    }
    // The maps contain words; as WITH expressions they stay on the server.
    return bound(
      """
      WITH sumMap([toUInt16(least(n, {versions:UInt16}))], [toUInt64(1)]) AS v,
        sumMap([t], [toUInt64(1)]) AS tm, sumMap([l], [toUInt64(1)]) AS lm,
        sumMap([e], [toUInt64(1)]) AS em, sumMapIf([m], [toUInt64(1)], m != '') AS mm,
        sumMap([p], [toUInt64(1)]) AS pm
      SELECT toInt64(count()) AS ids,
        tupleElement(v, 1) AS versions, tupleElement(v, 2) AS versionIDs,
        toInt64(countIf(n > {versions:UInt16})) AS hot,
        quantilesExactArray(0.5, 0.99)(arrayMap(x -> greatest(x, 1), gaps)) AS lags,
        max(arrayMax(arrayConcat(gaps, [toInt64(1)]))) AS lagMax,
        toInt64(sum(arrayCount(x -> x < 1, gaps))) AS early,
        toInt64(countIf(gone)) AS deleted,
        \(known("tm", "types")) AS types, \(others("tm", "types")) AS otherTypes,
        \(known("lm", "levels")) AS levels, \(others("lm", "levels")) AS otherLevels,
        \(counts("em")) AS environments, toInt64(length(tupleElement(em, 1))) AS environmentWords,
        \(counts("mm")) AS models, toInt64(length(tupleElement(mm, 1))) AS modelWords,
        toInt64(arrayMax(tupleElement(pm, 2))) AS firstProject
      FROM (
        SELECT \(key) AS k, count() AS n, \(times) AS gaps,
          \(has("is_deleted") ? last("is_deleted != 0") : "0") AS gone, \(word("type")) AS t,
          \(word("level")) AS l, \(word("environment")) AS e,
          \(word("provided_model_name")) AS m, \(word("project_id")) AS p
        FROM \(source) WHERE \(scope) AND cityHash64(id) % {sampled:UInt64} = 0
        GROUP BY k)
      """, window,
      [
        "sampled": Parameter(sampled), "versions": Parameter(Dataset.versionsMax),
        "types": Parameter(Dataset.knownTypes), "levels": Parameter(Dataset.knownLevels),
      ])
  }

  /// Lengths of the large columns, for one id in `sampled`.
  func payload(_ window: Profile.Window, sampled: Int) -> Query {
    func size(_ column: String) -> String {
      guard has(column) else { return "0" }
      return column == "metadata"
        ? "arraySum(arrayMap(x -> toUInt64(length(x)), mapValues(metadata)))"
        : "toUInt64(ifNull(length(\(column)), 0))"
    }
    let first = has("event_ts") ? "argMin(\(size("output")), event_ts)" : "0"
    func tail(_ name: String) -> String {
      """
      quantilesExactIf(0.5, 0.99)(\(name), \(name) > 0) AS \(name)s,
        toInt64(max(\(name))) AS \(name)Max, toInt64(countIf(\(name) = 0)) AS \(name)Absent
      """
    }
    return bound(
      """
      SELECT toInt64(count()) AS ids, \(tail("inputSize")), \(tail("outputSize")),
        \(tail("metadataSize")),
        toInt64(countIf(n > 1 AND outputSize > 1)) AS grown,
        toInt64(countIf(n > 1 AND outputSize > 1 AND begun < outputSize)) AS partial
      FROM (
        SELECT \(key) AS k, count() AS n, toUInt64(\(last(size("input")))) AS inputSize,
          toUInt64(\(last(size("output")))) AS outputSize,
          toUInt64(\(last(size("metadata")))) AS metadataSize, \(first) AS begun
        FROM \(source) WHERE \(scope) AND cityHash64(id) % {sampled:UInt64} = 0
        GROUP BY k)
      """, window, ["sampled": Parameter(sampled)])
  }

  /// Compression ratio of the texts, one version per id: on disk the versions of an id are
  /// adjacent, and their number depends on merges.
  func compression(_ window: Profile.Window, sampled: Int) -> Query {
    func ratio(_ column: String) -> String {
      guard has(column) else { return "CAST(NULL AS Nullable(Float64)) AS \(column)" }
      // A block as large as a column's on disk.
      return """
        estimateCompressionRatioIf('ZSTD(3)', 1048576)(\(column)Text, \(column)Text != '')
          AS \(column)
        """
    }
    func text(_ column: String) -> String {
      "\(has(column) ? "ifNull(\(column), '')" : "''") AS \(column)Text"
    }
    return bound(
      """
      SELECT \(ratio("input")), \(ratio("output"))
      FROM (
        SELECT \(text("input")), \(text("output"))
        FROM \(source) WHERE \(scope) AND cityHash64(id) % {sampled:UInt64} = 0
        LIMIT 1 BY \(key))
      """, window, ["sampled": Parameter(sampled)])
  }
}
