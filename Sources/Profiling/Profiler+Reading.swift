// The four queries of a profile that read rows, and the evaluation of their results.

import ClickHouseClient
import Failures
import ObservationGenerator
import Units

extension Profiler {
  /// Reads as many of the newest days as the limits allow. An estimate covers the current parts; a
  /// merge may have produced larger ones before the query runs.
  func readDays(_ whole: Profile.Window, _ sql: ProfileSQL) async throws {
    profile.window = try await fit(whole, rows: limits.rowsMax, sql)
    while true {
      do {
        try await readTotals(sql)
        return try await readIdentities(sql)
      } catch let error as TooMuch {
        guard let newer = profile.window.newerHalf else { throw error }
        profile.window = newer
      }
    }
  }

  private func readTotals(_ sql: ProfileSQL) async throws {
    struct Row: Decodable {
      let rows, ids: Int
      let traces, projects: Int?
    }
    tell(
      "reading \(profile.window.days) days of \(database.name).\(table.name), at most "
        + "\(Count(limits.rowsMax)) rows and \(ByteCount(limits.bytesMax)) per query")
    let row: Row = try await ask("rows and ids", sql.totals(profile.window))
    guard row.rows > 0 else {
      throw UserError.server("the window has no rows (of the --project, if one was named)")
    }
    (profile.rows, profile.ids) = (row.rows, row.ids)
    (profile.traces, profile.projects) = (row.traces, row.projects)
    profile.sampled = max(1, (row.ids + ProfileLimits.idsMax - 1) / ProfileLimits.idsMax)
  }

  private func readIdentities(_ sql: ProfileSQL) async throws {
    struct Row: Decodable {
      let ids, hot, lagMax, early, deleted, otherTypes, otherLevels: Int
      let versions, versionIDs, types, levels, environments, models: [Int]
      let environmentWords, modelWords, firstProject: Int
      let lags: [Double?]
    }
    let row: Row = try await ask(
      "versions", sql.identities(profile.window, sampled: profile.sampled))
    guard row.ids > 0 else {
      throw UserError.server("the sample holds no ids; raise --max-rows")
    }
    let has = sql.columns.contains
    profile.sampleIDs = row.ids
    profile.versions = Dictionary(uniqueKeysWithValues: zip(row.versions, row.versionIDs))
    profile.hot = row.hot
    profile.earlyLags = row.early
    profile.lag = has("event_ts") ? Self.tail(row.lags, max: row.lagMax, absent: 0) : nil
    profile.deleted = has("is_deleted") ? Double(row.deleted) / Double(row.ids) : nil
    profile.types = has("type") ? .init(known: row.types, others: row.otherTypes) : nil
    profile.levels = has("level") ? .init(known: row.levels, others: row.otherLevels) : nil
    profile.environments =
      has("environment") ? .init(counts: row.environments, words: row.environmentWords) : nil
    profile.models =
      has("provided_model_name") ? .init(counts: row.models, words: row.modelWords) : nil
    profile.firstProjectShare =
      has("project_id") ? Double(row.firstProject) / Double(row.ids) : 1
  }

  func readPayload(_ sql: ProfileSQL) async throws {
    guard sql.columns.contains(where: ["input", "output", "metadata"].contains) else { return }
    // Rows that fit into the byte limit, by the average size of the large columns.
    let width = try await rowBytes()
    let rows = min(limits.rowsMax, Int(Double(limits.bytesMax) / max(width, 1)))
    let window = try await fit(profile.window, rows: rows, sql)
    let row = try await askPayload(window, sql)
    guard row.ids > 0 else { return }
    profile.payloadIDs = row.ids
    let has = sql.columns.contains
    func take(_ name: String, _ sizes: [Double?], _ max: Int, _ absent: Int) {
      guard has(name), max > 0 else { return }
      profile.payload[name] = Self.tail(
        sizes, max: max, absent: Double(absent) / Double(row.ids))
    }
    take("input", row.inputSizes, row.inputSizeMax, row.inputSizeAbsent)
    take("output", row.outputSizes, row.outputSizeMax, row.outputSizeAbsent)
    take("metadata", row.metadataSizes, row.metadataSizeMax, row.metadataSizeAbsent)
    if has("output"), has("event_ts"), row.grown > 0 {
      profile.partialOutput = 2 * row.partial > row.grown
    }
  }

  /// Skipped before 25.4, which lacks `estimateCompressionRatio`.
  func readCompression(_ sql: ProfileSQL) async throws {
    struct Known: Decodable { let name: String }
    struct Row: Decodable { let input, output: Double? }
    guard let window = profile.payloadWindow, !profile.payload.isEmpty else { return }
    let known = bounded(
      Query("SELECT name FROM system.functions WHERE name = 'estimateCompressionRatio'"))
    guard try await !client.rows(known, as: Known.self).isEmpty else { return }
    let row: Row = try await ask(
      "compression", sql.compression(window, sampled: profile.payloadSampled))
    for (name, ratio) in [("input", row.input), ("output", row.output)] {
      guard profile.payload[name] != nil, let ratio, ratio.isFinite, ratio > 0 else { continue }
      profile.compression[name] = ratio
    }
  }

  private struct PayloadRow: Decodable {
    let ids, grown, partial: Int
    let inputSizes, outputSizes, metadataSizes: [Double?]
    let inputSizeMax, outputSizeMax, metadataSizeMax: Int
    let inputSizeAbsent, outputSizeAbsent, metadataSizeAbsent: Int
  }

  /// Reads fewer days if a limit ended the query, because the row width is an estimate.
  private func askPayload(
    _ whole: Profile.Window, _ sql: ProfileSQL
  ) async throws -> PayloadRow {
    var window = whole
    while true {
      let ids = Double(profile.ids) * Double(window.days) / Double(profile.window.days)
      let sampled = max(1, Int((ids / Double(ProfileLimits.idsMax)).rounded(.up)))
      (profile.payloadWindow, profile.payloadSampled) = (window, sampled)
      tell("reading the lengths of the large columns of \(window.days) days")
      do { return try await ask("payload", sql.payload(window, sampled: sampled)) } catch let error
        as TooMuch
      {
        guard let newer = window.newerHalf else { throw error }
        window = newer
      }
    }
  }

  /// Uncompressed bytes of the large columns per row.
  private func rowBytes() async throws -> Double {
    let query = bounded(
      Query(
        """
        SELECT toInt64(sum(data_uncompressed_bytes)) AS value
        FROM \(client.everyShard("system.columns"))
        WHERE database = {database:String} AND table = {table:String}
          AND name IN ('id', 'event_ts', 'start_time', 'project_id', 'input', 'output', 'metadata')
        """,
        parameters: ["database": Parameter(database.name), "table": Parameter(table.name)]))
    let bytes = try await client.values(query, as: Int.self).first ?? 0
    return Double(bytes) / Double(max(1, profile.tableRows))
  }

  private static func tail(_ quantiles: [Double?], max: Int, absent: Double) -> Profile.Tail? {
    guard quantiles.count == 2, let median = quantiles[0], let p99 = quantiles[1] else {
      return nil
    }
    return Profile.Tail(median: Int(median), p99: Int(p99), max: max, absent: absent)
  }
}
