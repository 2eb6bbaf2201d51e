// Input of a capacity plan: rate, row width, retention and limits of a production.

import Statistics

/// The description is one sentence without a full stop.
package struct CapacityRefusal: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

package struct CapacityQuestion: Equatable, Sendable, Codable {
  /// All versions.
  package var rowsPerDay: Double
  /// Rows per id in the table during exports; 1 after merges.
  package var versions: Double
  /// Uncompressed, all columns.
  package var rowBytes: Double
  /// In milliseconds.
  package var retentionMs: Double
  /// In milliseconds.
  package var windowsMs: [Int]
  /// In bytes; nil without a limit.
  package var memoryLimitBytes: Double?
  /// A peak to explain, in bytes.
  package var peakBytes: Double?
  /// Parts read without merges; nil for the number in the runs.
  package var parts: Double?
  /// Exported project's share of the rows.
  package var projectShare = 1.0
  /// Selects the insert leg.
  package var rowsPerInsert = 1000.0
  /// Predict beyond ``factorMax`` times the measured range.
  package var extrapolate = false

  /// Maximum extrapolation by default.
  package static let factorMax = 4.0

  /// - Throws: a sentence that names the invalid value.
  package init(
    rowsPerDay: Double, versions: Double, rowBytes: Double, retentionMs: Double, windowsMs: [Int]
  ) throws(CapacityRefusal) {
    func refuse(_ sentence: String) -> CapacityRefusal { CapacityRefusal(sentence) }
    guard rowsPerDay >= 1 else { throw refuse("the rows per day must be at least 1") }
    guard versions.isFinite, versions >= 1 else {
      throw refuse("the versions are below 1; an id has at least one row")
    }
    guard versions <= rowsPerDay else { throw refuse("there are more versions than rows in a day") }
    guard rowBytes >= 1 else {
      throw refuse("the payload is 0; give the uncompressed bytes of all columns")
    }
    guard retentionMs >= 1 else { throw refuse("the retention must be longer than 0") }
    guard !windowsMs.isEmpty, windowsMs.allSatisfy({ $0 > 0 }) else {
      throw refuse("a window must be longer than 0; write windows like 1h,1d")
    }
    (self.rowsPerDay, self.versions, self.rowBytes) = (rowsPerDay, versions, rowBytes)
    (self.retentionMs, self.windowsMs) = (retentionMs, windowsMs.uniqued().sorted())
  }

  package static let dayMs = 86_400_000.0
  /// Length of a partition of `toYYYYMM(start_time)`.
  static let monthDays = 30.0

  /// Rows per id.
  package func versions(in mergeState: String) -> Double { mergeState == "merged" ? 1 : versions }

  /// Drivers of an export by a path with a model.
  ///
  /// The view is sorted by `(project_id, id)` and cannot skip times within a month: whole months
  /// are read. The table is read for the window, in granules.
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
    // The tables that are asked about have the server's defaults.
    let usual = CapacityDrivers()
    (drivers.granuleRowsMax, drivers.granuleBytesMax) = (
      usual.granuleRowsMax, usual.granuleBytesMax
    )
    let granule = drivers.granuleBytes
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
