// Conclusions of runs for a production: models, their errors, and predictions.

import CSVRecords
import RunStore

package struct CapacityFindings: Sendable {
  package let question: CapacityQuestion
  /// Including runs of writes only.
  package let runs: [String]
  /// ClickHouse versions.
  package let engines: [String]
  package let memory: [CapacityModel]
  /// Paths with too few cells for a model.
  package let unmodelled: [(path: String, mergeState: String, cells: Int)]
  /// Cells excluded for wrong answers.
  package let wrong: [String]
  package let cpu: [CapacityModel]
  /// Peak per window.
  package let answers: [CapacityAnswer]
  /// Empty without a limit.
  package let largest: [CapacityWindow]
  package let causes: [CapacityCause]
  package let storage: [CapacityStorage]
  /// The first applies.
  package let writes: [CapacityWrites]
  package let breakEven: [CapacityBreakEven]
  /// Path that the view replaces.
  package let baseline: String

  /// - Throws: ``RecordError`` if the runs contain nothing that a model can use,
  ///   ``CapacityRefusal`` if the question is beyond the extrapolation limit or too small.
  package init(_ runs: [CapacityRun], _ question: CapacityQuestion) throws {
    self.question = question
    self.runs = runs.map(\.name)
    wrong = runs.flatMap { run in
      run.wrongPlaces.map { runs.count > 1 ? "\(run.name): \($0)" : $0 }
    }
    engines = runs.map(\.manifest.engine.version).uniqued()
    baseline = runs.first { !$0.cells.isEmpty }?.manifest.baseline ?? ""
    if let run = runs.first(where: { $0.manifest.dataset.existingTables != nil }) {
      throw RecordError(
        "the run \(run.name) is of existing tables without id counts, which models "
          + "need; derive a dataset with 'exportbench profile' and use it with "
          + "'run --dataset'")
    }
    for run in runs
    where run.cells.isEmpty && run.wrongPlaces.isEmpty
      && CapacityWrites.all([run], question).isEmpty
    {
      throw RecordError(
        "the run \(run.name) has no exports with storage (samples.csv, storage.csv) and no "
          + "pairs of inserts (inserts.csv); give another run")
    }
    let cells = runs.flatMap(\.cells)
    guard !cells.isEmpty else {
      guard wrong.isEmpty else {
        throw RecordError(
          "no model can be fitted: every measured path returned wrong rows ("
            + wrong.prefix(3).joined(separator: ", ")
            + "); measure paths with right answers")
      }
      throw RecordError(
        "none of the runs measured exports (\(runs.map(\.name).joined(separator: ", "))), which "
          + "memory models need; give a run of exports, such as 'crossover'")
    }
    let memory = CapacityModel.memory(cells)
    self.memory = memory
    cpu = CapacityModel.cpu(cells)
    unmodelled = Self.unmodelled(cells)
    guard !memory.isEmpty else {
      let most = unmodelled.map(\.cells).max() ?? 0
      throw RecordError(
        "a model needs \(CapacityModel.fewestCells) cells (windows and datasets) of one path and "
          + "merge state, and the maximum is \(most): give more runs, or "
          + "one with more windows")
    }
    answers = memory.flatMap { model in question.windowsMs.map { model.answer($0, question) } }
    if answers.allSatisfy({ $0.peakBytes == nil }) {
      throw Self.tooFar(answers)
    }
    if let refusal = Self.partsAreNeeded(answers, question) { throw refusal }
    if let limit = question.memoryLimitBytes {
      let least = memory.map { $0.value(question.drivers(1000, $0)) }.min() ?? 0
      guard least < limit else {
        throw CapacityRefusal(
          "the limit is \(FigureUnit.bytes.text(limit)), but an export of one second of rows needs "
            + "at least \(FigureUnit.bytes.text(least)); give a larger limit")
      }
      largest = memory.map { $0.largestWindow(limit, question) }
    } else {
      largest = []
    }
    causes = question.peakBytes.map { peak in memory.map { $0.cause(of: peak, question) } } ?? []
    storage = CapacityStorage.all(runs, question)
    writes = CapacityWrites.all(runs, question)
    breakEven = CapacityBreakEven.all(cpu, baseline: baseline, writes.first, storage, question)
  }

  /// Maximum part size of merges: default of `max_bytes_to_merge_at_max_space_in_pool`.
  package static let partBytesMax = 161_061_273_600.0

  /// The larger of table and view, if a merged month exceeds the maximum part size: name, bytes on
  /// disk, and minimum number of parts.
  package var largestMonth: (name: String, bytes: Double, parts: Double)? {
    guard let merged = storage.first(where: { $0.mergeState == "merged" }) else { return nil }
    let days = min(CapacityQuestion.monthDays, question.retentionMs / CapacityQuestion.dayMs)
    let perDay = max(merged.tablePerDayBytes, merged.viewPerDayBytes)
    let parts = (perDay * days / Self.partBytesMax).rounded(.up)
    let name = merged.viewPerDayBytes > merged.tablePerDayBytes ? "the view" : "the table"
    return parts > 1 ? (name, perDay * days, parts) : nil
  }

  private static func unmodelled(
    _ cells: [CapacityCell]
  ) -> [(path: String, mergeState: String, cells: Int)] {
    cells.grouped { [$0.path, $0.mergeState] }
      .map { (path: $0[0], mergeState: $0[1], cells: $1.count) }
      .filter { $0.cells < CapacityModel.fewestCells }
  }

  /// Beyond this multiple of what was measured, the parts of the runs say nothing of the table's.
  static let factorWithoutParts = 2.0

  private static func partsAreNeeded(
    _ answers: [CapacityAnswer], _ question: CapacityQuestion
  ) -> CapacityRefusal? {
    let unmerged = answers.filter { $0.mergeState != "merged" && $0.peakBytes != nil }
    guard question.parts == nil,
      let far = unmerged.first(where: { $0.extrapolation > factorWithoutParts })
    else { return nil }
    return CapacityRefusal(
      "the window of \(far.path) (\(far.mergeState)) is "
        + "\(FigureUnit.count.text(far.extrapolation)) times beyond the measured range, where the "
        + "parts of the runs say nothing of the table's; give its parts with --parts (active parts "
        + "of a month in system.parts)")
  }

  private static func tooFar(_ answers: [CapacityAnswer]) -> CapacityRefusal {
    let nearest = answers.min { $0.extrapolation < $1.extrapolation }
    return CapacityRefusal(
      "every requested window is more than \(Int(CapacityQuestion.factorMax)) times "
        + "beyond the measured range, the nearest "
        + "\(FigureUnit.count.text(nearest?.extrapolation ?? 0)) times "
        + "(\(nearest?.extrapolationBy ?? "")); measure larger windows, or use --extrapolate")
  }
}

extension CapacityFindings: Encodable {
  private enum CodingKeys: String, CodingKey {
    case question, runs, engines, causes, storage, writes, breakEven
    case wrong = "wrongRows"
    case memory = "memoryModels"
    case cpu = "cpuModels"
    case answers = "memory"
    case largest = "largestWindows"
  }

  package func json() throws(RecordError) -> String {
    try jsonText(of: self, named: "the answer")
  }
}

extension CapacityModel: Encodable {
  private struct Described: Encodable {
    let path, mergeState: String
    let form: CapacityForm
    let cells: Int
    let formula: [CapacityCoefficient]
    let ties: [CapacityTie]
    let typicalResidual, worstResidual: Double
    let typicalValidationError, worstValidationError: Double?
    let leftOut: [CapacityValidation.Miss]?

    init(_ model: CapacityModel) {
      (path, mergeState, form) = (model.path, model.mergeState, model.form)
      (cells, formula, ties) = (model.cells.count, model.coefficients, model.ties)
      (typicalResidual, worstResidual) = (model.residual, model.worst)
      typicalValidationError = model.validation?.typical
      worstValidationError = model.validation?.worst?.error
      leftOut = model.validation?.misses
    }
  }

  package func encode(to encoder: any Encoder) throws { try Described(self).encode(to: encoder) }
}
