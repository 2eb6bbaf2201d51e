// Costs of the view: storage, share of inserts, and the break-even number of exports.

import Analysis
import BenchmarkSpec
import RunStore
import Statistics

package struct CapacityStorage: Equatable, Sendable, Codable {
  package var mergeState: String
  package var run: String
  /// Per day.
  package var tablePerDayBytes: Double
  /// Per day.
  package var viewPerDayBytes: Double
  /// Over the retention.
  package var tableBytes: Double
  /// Over the retention.
  package var viewBytes: Double
  /// Bytes on disk per uncompressed byte of the table.
  package var tableDiskPerByte: Double
  package var viewDiskPerByte: Double

  /// From the run with the nearest row width, on which compression depends.
  package static func all(_ runs: [CapacityRun], _ question: CapacityQuestion) -> [CapacityStorage]
  {
    func distance(_ run: CapacityRun) -> Double? {
      run.records.storage.first.flatMap { TableSizes(run.records.storage, $0.mergeState) }
        .map { abs(Math.log($0.rowBytes / question.rowBytes)) }
    }
    let known = runs.enumerated().compactMap { place, run in distance(run).map { (place, $0) } }
    guard let nearest = known.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return [] }
    let run = runs[nearest.0]
    return run.records.storage.map(\.mergeState).uniqued().compactMap { state in
      guard let sizes = TableSizes(run.records.storage, state), sizes.viewDiskBytesPerByte > 0
      else { return nil }
      let rows = question.rowsPerDay / question.versions * question.versions(in: state)
      let days = question.retentionMs / CapacityQuestion.dayMs
      let table = rows * question.rowBytes * sizes.diskBytesPerByte
      let view =
        rows * question.rowBytes * sizes.viewRowBytes / sizes.rowBytes * sizes.viewDiskBytesPerByte
      return CapacityStorage(
        mergeState: state, run: run.name, tablePerDayBytes: table, viewPerDayBytes: view,
        tableBytes: table * days, viewBytes: view * days,
        tableDiskPerByte: sizes.diskBytesPerByte, viewDiskPerByte: sizes.viewDiskBytesPerByte)
    }
  }
}

/// Cost of the view per day of inserts, measured in one leg.
package struct CapacityWrites: Equatable, Sendable, Codable {
  package var run: String
  package var leg: String
  package var rowsPerInsert: Double
  /// Includes merges until they settled; otherwise inserts only.
  package var withMerges: Bool
  /// CPU per day without the view, in milliseconds.
  package var plainCPUMs: Double
  package var extraCPUMs: CapacityPrediction
  /// Bytes written per day without the view.
  package var plainBytes: Double
  package var extraBytes: CapacityPrediction

  /// All legs, nearest to the question's inserts first. Assumes CPU and bytes in proportion to the
  /// bytes of a row.
  package static func all(_ runs: [CapacityRun], _ question: CapacityQuestion) -> [CapacityWrites] {
    let found = runs.flatMap { run in
      let rounds = SettledRound.all(run.records).filter { $0.failure == nil }
      let settled = rounds.grouped(by: \.leg).compactMap { leg, rounds in
        CapacityWrites(run.name, leg, rounds.map(Cost.init), true, question)
      }
      guard settled.isEmpty else { return settled }
      let inserts = run.records.inserts.filter {
        $0.status == .ok && $0.legName == ReservedLeg.load
      }
      return [
        CapacityWrites(
          run.name, ReservedLeg.load, inserts.map(Cost.init), false, question)
      ].compactMap(\.self)
    }
    // Legs with merges take precedence.
    let whole = found.contains(where: \.withMerges) ? found.filter(\.withMerges) : found
    func distance(_ writes: CapacityWrites) -> Double {
      abs(Math.log(writes.rowsPerInsert / question.rowsPerInsert))
    }
    return whole.enumerated().sorted {
      (distance($0.element), $0.offset) < (distance($1.element), $1.offset)
    }.map(\.element)
  }

  /// One side of a round or insert.
  private struct Cost {
    let target: InsertTarget
    let number: Int
    let inserts: Int
    let rows, sent, cpu, bytes: Double?

    init(_ round: SettledRound) {
      func figure(_ name: String) -> Double? {
        SettledRound.derivedFigures.first { $0.name == name }?.value(round)
      }
      (target, number, inserts) = (round.target, round.round, round.inserts.count)
      rows = Double(round.inserts.reduce(0) { $0 + $1.rows })
      sent = Double(round.inserts.reduce(0) { $0 + ($1.sentBytes ?? 0) })
      (cpu, bytes) = (figure("settled_cpu_ms"), figure("settled_written_bytes"))
    }

    init(_ insert: InsertSample) {
      (target, number, inserts) = (insert.target, insert.pair, 1)
      (rows, sent) = (Double(insert.rows), insert.sentBytes.map(Double.init))
      cpu = insert.serverCPUMs
      bytes = InsertSample.derivedFigures.first { $0.name == "written_bytes" }?.value(insert)
    }

    /// CPU and written bytes per byte sent, and the bytes sent.
    var perByte: (cpu: Double, bytes: Double, sent: Double)? {
      guard let sent, let cpu, let bytes, sent > 0, rows ?? 0 > 0 else { return nil }
      return (cpu / sent, bytes / sent, sent)
    }
  }

  private init?(
    _ run: String, _ leg: String, _ costs: [Cost], _ withMerges: Bool,
    _ question: CapacityQuestion
  ) {
    let sides = Dictionary(grouping: costs, by: \.number).sorted { $0.key < $1.key }
    let pairs = sides.compactMap { _, sides -> (plain: Cost, view: Cost)? in
      guard let plain = sides.last(where: { $0.target == .plain }),
        let view = sides.last(where: { $0.target == .withView })
      else { return nil }
      return (plain, view)
    }
    let both = pairs.compactMap { pair in
      pair.plain.perByte.flatMap { plain in pair.view.perByte.map { (plain, $0) } }
    }
    guard let first = pairs.first, let rows = first.plain.rows, !both.isEmpty else { return nil }
    let sentPerDay = question.rowsPerDay * question.rowBytes
    func extra(_ values: [Double]) -> CapacityPrediction {
      let interval = Statistics.interval(ofMedian: values)
      let middle = Statistics.median(values) ?? 0
      return CapacityPrediction(
        value: middle * sentPerDay, low: (interval?.low ?? middle) * sentPerDay,
        high: (interval?.high ?? middle) * sentPerDay)
    }
    (self.run, self.leg, self.withMerges) = (run, leg, withMerges)
    rowsPerInsert = rows / Double(max(1, first.plain.inserts))
    plainCPUMs = (Statistics.median(both.map(\.0.cpu)) ?? 0) * sentPerDay
    extraCPUMs = extra(both.map { $1.cpu - $0.cpu })
    plainBytes = (Statistics.median(both.map(\.0.bytes)) ?? 0) * sentPerDay
    extraBytes = extra(both.map { $1.bytes - $0.bytes })
  }
}

/// Exports per day above which the view saves more than it costs.
package struct CapacityBreakEven: Equatable, Sendable, Codable {
  /// Path that reads the view.
  package var path: String
  /// Path that it replaces.
  package var baseline: String
  package var mergeState: String
  /// In milliseconds.
  package var windowMs: Int
  /// CPU saved per export, in milliseconds; negative if it costs more; nil beyond the extrapolation
  /// limit.
  package var savedCPUMs: Double?
  /// Reduction of bytes read per export, assuming that all columns are read.
  package var savedBytes: Double?
  /// Break-even exports per day for CPU; nil for never or unknown.
  package var exportsForCPU: Double?
  /// Break-even exports per day for bytes; nil for never.
  package var exportsForBytes: Double?

  package static func all(
    _ models: [CapacityModel], baseline: String, _ writes: CapacityWrites?,
    _ storage: [CapacityStorage], _ question: CapacityQuestion
  ) -> [CapacityBreakEven] {
    models.filter { $0.cells.first?.readsView == true && $0.form == .merges }.flatMap { view in
      guard
        let table = models.first(where: {
          $0.path == baseline && $0.mergeState == view.mergeState
        })
      else { return [CapacityBreakEven]() }
      return question.windowsMs.map { window in
        var row = CapacityBreakEven(
          path: view.path, baseline: baseline, mergeState: view.mergeState, windowMs: window)
        let sizes = [table, view].map { question.drivers(Double(window), $0) }
        let factors = zip([table, view], sizes).map { $0.extrapolation(to: $1).factor }
        guard question.extrapolate || (factors.max() ?? 0) <= CapacityQuestion.factorMax else {
          return row
        }
        let cpu = table.value(sizes[0]) - view.value(sizes[1])
        row.savedCPUMs = cpu
        if let writes, cpu > 0 { row.exportsForCPU = writes.extraCPUMs.value / cpu }
        guard let disk = storage.first(where: { $0.mergeState == view.mergeState }) ?? storage.first
        else { return row }
        let bytes =
          sizes[0].readBytes * disk.tableDiskPerByte - sizes[1].readBytes * disk.viewDiskPerByte
        row.savedBytes = bytes
        if let writes, bytes > 0 { row.exportsForBytes = writes.extraBytes.value / bytes }
        return row
      }
    }
  }
}
