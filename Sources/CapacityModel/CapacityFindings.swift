// Everything that runs say about a production: models, how far to trust them, and answers.

import CSVRecords
import RunStore

/// The answers to a question, from runs.
package struct CapacityFindings: Sendable {
  /// What was asked.
  package let question: CapacityQuestion
  /// The names of the runs, those that only say what writes cost among them.
  package let runs: [String]
  /// The versions of ClickHouse that they were made on.
  package let engines: [String]
  /// The models of peak memory.
  package let memory: [CapacityModel]
  /// What was measured in too few cells for a model.
  package let unmodelled: [(path: String, mergeState: String, cells: Int)]
  /// Cells that no model rests on, because their answers are wrong.
  package let wrong: [String]
  /// The models of CPU time.
  package let cpu: [CapacityModel]
  /// The peak of each window.
  package let answers: [CapacityAnswer]
  /// The largest windows within the limit; empty without a limit.
  package let largest: [CapacityWindow]
  /// What would make the peak that was asked about.
  package let causes: [CapacityCause]
  /// What table and view take on disk.
  package let storage: [CapacityStorage]
  /// What the view adds to inserts; the first is the one that counts.
  package let writes: [CapacityWrites]
  /// When the view has paid.
  package let breakEven: [CapacityBreakEven]
  /// The path that the view would replace.
  package let baseline: String

  /// Fits the models of the runs and answers.
  ///
  /// Throws a ``RecordError`` where runs say nothing that a model could use, and a
  /// ``CapacityRefusal`` where what is asked is too far from what was measured, or too small.
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
        "the run \(run.name) is of tables that were there, whose ids nobody counted, and models "
          + "rest on them; 'exportbench profile' makes a dataset like the table, for "
          + "'run --dataset'")
    }
    for run in runs
    where run.cells.isEmpty && run.wrongPlaces.isEmpty
      && CapacityWrites.all([run], question).isEmpty
    {
      throw RecordError(
        "the run \(run.name) holds no exports with their storage (samples.csv, storage.csv) and no "
          + "pairs of inserts (inserts.csv); give another run")
    }
    let cells = runs.flatMap(\.cells)
    guard !cells.isEmpty else {
      guard wrong.isEmpty else {
        throw RecordError(
          "no model can be fitted: every path that was measured returned wrong rows ("
            + wrong.prefix(3).joined(separator: ", ")
            + "); measure paths whose answers are right")
      }
      throw RecordError(
        "none of the runs measured exports (\(runs.map(\.name).joined(separator: ", "))), and "
          + "memory is fitted to those; give a run of exports, such as of 'crossover'")
    }
    let memory = CapacityModel.memory(cells)
    self.memory = memory
    cpu = CapacityModel.cpu(cells)
    unmodelled = Self.unmodelled(cells)
    guard !memory.isEmpty else {
      let most = unmodelled.map(\.cells).max() ?? 0
      throw RecordError(
        "no path was measured in \(CapacityModel.fewestCells) cells (windows and datasets) of one "
          + "state of merges, the most is \(most); that is too few for a model: give more runs, or "
          + "one with more windows")
    }
    answers = memory.flatMap { model in question.windowsMs.map { model.answer($0, question) } }
    if answers.allSatisfy({ $0.peakBytes == nil }) {
      throw Self.tooFar(answers)
    }
    if let limit = question.memoryLimitBytes {
      let least = memory.map { $0.value(question.drivers(1000, $0)) }.min() ?? 0
      guard least < limit else {
        throw CapacityRefusal(
          "the limit is \(FigureUnit.bytes.text(limit)), and an export of a second's rows takes at "
            + "least \(FigureUnit.bytes.text(least)); give a larger one")
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

  /// The largest part that merges make by default: `max_bytes_to_merge_at_max_space_in_pool`.
  package static let partBytesMax = 161_061_273_600.0

  /// The larger of table and view, if a month of it is more than one part can hold even when it is
  /// merged: its name, its bytes on disk, and the fewest parts.
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
    let places = cells.map { [$0.path, $0.mergeState] }
    return places.uniqued().compactMap { place in
      let count = places.count { $0 == place }
      return count < CapacityModel.fewestCells ? (place[0], place[1], count) : nil
    }
  }

  private static func tooFar(_ answers: [CapacityAnswer]) -> CapacityRefusal {
    let nearest = answers.min { $0.extrapolation < $1.extrapolation }
    return CapacityRefusal(
      "every window that is asked about is more than \(Int(CapacityQuestion.factorMax)) times "
        + "larger than what these runs measured, the smallest "
        + "\(FigureUnit.count.text(nearest?.extrapolation ?? 0)) times "
        + "(\(nearest?.extrapolationBy ?? "")); measure larger windows, or add --extrapolate to be "
        + "told what the formulas say there")
  }
}

extension CapacityFindings: Encodable {
  private struct Model: Encodable {
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

  private enum Keys: String, CodingKey {
    case question, runs, engines, wrongRows, memoryModels, cpuModels, memory, largestWindows,
      causes, storage,
      writes, breakEven
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(question, forKey: .question)
    try container.encode(runs, forKey: .runs)
    try container.encode(engines, forKey: .engines)
    try container.encode(wrong, forKey: .wrongRows)
    try container.encode(memory.map(Model.init), forKey: .memoryModels)
    try container.encode(cpu.map(Model.init), forKey: .cpuModels)
    try container.encode(answers, forKey: .memory)
    try container.encode(largest, forKey: .largestWindows)
    try container.encode(causes, forKey: .causes)
    try container.encode(storage, forKey: .storage)
    try container.encode(writes, forKey: .writes)
    try container.encode(breakEven, forKey: .breakEven)
  }

  /// The same as text.
  package func json() throws(RecordError) -> String {
    try jsonText(of: self, named: "the answer")
  }
}
