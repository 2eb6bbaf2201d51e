// What the view costs: its storage, its share of every insert, and after how many exports that has
// paid.

import Analysis
import BenchmarkSpec
import RunStore
import Statistics

/// What table and view take on disk in a state of merges.
package struct CapacityStorage: Equatable, Sendable, Codable {
  package var mergeState: String
  /// The run that it was measured in.
  package var run: String
  /// Bytes of the table for a day's rows.
  package var tablePerDayBytes: Double
  /// Bytes of the view for a day's rows.
  package var viewPerDayBytes: Double
  /// Bytes of the table over the retention.
  package var tableBytes: Double
  /// Bytes of the view over the retention.
  package var viewBytes: Double
  /// Bytes on disk for each uncompressed byte of the table.
  package var tableDiskPerByte: Double
  package var viewDiskPerByte: Double

  /// From the run whose rows are nearest to the question's in width: compression depends on it.
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

/// What the view adds to a day's inserts, by one leg.
package struct CapacityWrites: Equatable, Sendable, Codable {
  package var run: String
  package var leg: String
  package var rowsPerInsert: Double
  /// Whether merges were followed until they settled; without it only inserts are counted.
  package var withMerges: Bool
  /// CPU of a day's inserts without the view, in milliseconds.
  package var plainCPUMs: Double
  /// What the view adds.
  package var extraCPUMs: CapacityPrediction
  /// Bytes that a day's inserts write without the view.
  package var plainBytes: Double
  /// What the view adds.
  package var extraBytes: CapacityPrediction

  /// Every leg, the one that is nearest to the question's inserts first. CPU and bytes of a row are
  /// taken to grow as its bytes do.
  package static func all(_ runs: [CapacityRun], _ question: CapacityQuestion) -> [CapacityWrites] {
    let found = runs.flatMap { run in
      let rounds = SettledRound.all(run.records).filter { $0.failure == nil }
      let settled = rounds.map(\.leg).uniqued().compactMap { leg in
        CapacityWrites(
          run.name, leg, rounds.filter { $0.leg == leg }.map(Cost.init), true, question)
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
    // Whole costs count more than costs without merges.
    let whole = found.contains(where: \.withMerges) ? found.filter(\.withMerges) : found
    func distance(_ writes: CapacityWrites) -> Double {
      abs(Math.log(writes.rowsPerInsert / question.rowsPerInsert))
    }
    return whole.enumerated().sorted {
      (distance($0.element), $0.offset) < (distance($1.element), $1.offset)
    }.map(\.element)
  }

  /// One round, or one insert, on one side.
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

    /// CPU and written bytes for each byte that was sent, and the bytes.
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

/// After how many exports of a window in a day the view has paid for its writes.
package struct CapacityBreakEven: Equatable, Sendable, Codable {
  /// The path that reads the view.
  package var path: String
  /// The path that it would replace.
  package var baseline: String
  package var mergeState: String
  /// The window in milliseconds.
  package var windowMs: Int
  /// CPU that an export saves, in milliseconds; negative where it takes more. Nil where that is too
  /// far from what was measured.
  package var savedCPUMs: Double?
  /// Bytes on disk that an export reads less, as if it read every column.
  package var savedBytes: Double?
  /// Exports in a day from which on CPU is saved; nil for never, or where nothing is known.
  package var exportsForCPU: Double?
  /// Exports in a day from which on fewer bytes are read than the view writes; nil for never.
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
