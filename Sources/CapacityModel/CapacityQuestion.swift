// What a planner asks: how much comes in, how wide it is, and what has to fit.

import Statistics

/// A question that has no answer. The description is one sentence, without a full stop.
package struct CapacityRefusal: Error, Equatable, CustomStringConvertible {
  /// The sentence.
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A production that is to be planned for.
package struct CapacityQuestion: Equatable, Sendable, Codable {
  /// Rows inserted in a day, all versions.
  package var rowsPerDay: Double
  /// Rows of an id that lie in the table while it is exported; 1 once all is merged.
  package var versions: Double
  /// Uncompressed bytes of a row of the table, all columns.
  package var rowBytes: Double
  /// How long rows are kept, in milliseconds.
  package var retentionMs: Double
  /// The windows that are exported, in milliseconds.
  package var windowsMs: [Int]
  /// The limit of memory of an export, in bytes; nil if none is asked about.
  package var memoryLimitBytes: Double?
  /// A peak to be explained, in bytes.
  package var peakBytes: Double?
  /// Parts that an export reads where parts are not merged; nil for as many as the runs had.
  package var parts: Double?
  /// The share of the rows that belong to the project that is exported.
  package var projectShare = 1.0
  /// Rows of an insert: of which leg of inserts the cost is taken.
  package var rowsPerInsert = 1000.0
  /// Whether to answer also beyond ``factorMax`` times what was measured.
  package var extrapolate = false

  /// How far beyond what was measured a model is asked without being told to.
  package static let factorMax = 4.0

  /// Asks; throws a sentence that names what cannot be.
  package init(
    rowsPerDay: Double, versions: Double, rowBytes: Double, retentionMs: Double, windowsMs: [Int]
  ) throws(CapacityRefusal) {
    func refuse(_ sentence: String) -> CapacityRefusal { CapacityRefusal(sentence) }
    guard rowsPerDay >= 1 else { throw refuse("the rows per day must be at least 1") }
    guard versions.isFinite, versions >= 1 else {
      throw refuse("the versions are below 1; an id that is there has at least one row")
    }
    guard versions <= rowsPerDay else { throw refuse("there are more versions than rows in a day") }
    guard rowBytes >= 1 else {
      throw refuse("the payload is 0; a row has bytes: give those of all its columns, uncompressed")
    }
    guard retentionMs >= 1 else { throw refuse("the retention must be longer than 0") }
    guard !windowsMs.isEmpty, windowsMs.allSatisfy({ $0 > 0 }) else {
      throw refuse("a window must be longer than 0; write windows like 1h,1d")
    }
    (self.rowsPerDay, self.versions, self.rowBytes) = (rowsPerDay, versions, rowBytes)
    (self.retentionMs, self.windowsMs) = (retentionMs, windowsMs.uniqued().sorted())
  }

  package static let dayMs = 86_400_000.0
  /// The days of a partition of `toYYYYMM(start_time)`.
  static let monthDays = 30.0

  /// Rows of an id in a state of merges.
  package func versions(in mergeState: String) -> Double { mergeState == "merged" ? 1 : versions }

  /// The size of an export by a path of which there is a model.
  ///
  /// The view is sorted by `(project_id, id)` and prunes no time within a month: it is read for
  /// whole months. The table is read for the window, in granules.
  package func drivers(_ windowMs: Double, _ model: CapacityModel) -> CapacityDrivers {
    guard let like = model.cells.last else { return CapacityDrivers() }
    var drivers = like.drivers
    let days = windowMs / Self.dayMs
    let kept = versions(in: model.mergeState)
    let idsPerDay = rowsPerDay * projectShare / versions
    let retentionDays = max(retentionMs / Self.dayMs, days)
    let months = (days / Self.monthDays).rounded(.up)
    drivers.ids = idsPerDay * days
    drivers.rows = drivers.ids * kept
    drivers.historyIDs = idsPerDay * retentionDays
    drivers.rowBytes = rowBytes * (Statistics.median(model.cells.map(\.widthRatio)) ?? 1)
    let granule = CapacityDrivers.granuleBytes(rowBytes: drivers.rowBytes)
    drivers.parts =
      model.mergeState == "merged"
      ? months : parts ?? model.cells.map(\.drivers.parts).max() ?? 1
    let readDays = like.readsView ? min(retentionDays, months * Self.monthDays) : days
    let history = idsPerDay * kept * retentionDays * drivers.rowBytes
    let wanted = idsPerDay * kept * readDays * drivers.rowBytes
    drivers.readBytes = min(history, max(wanted, drivers.parts * granule))
    drivers.granules = max(drivers.parts, drivers.readBytes / granule)
    return drivers
  }
}
