// The tables of a capacity plan.

import CapacityModel
import Units

/// The tables of a capacity plan.
struct CapacityTables {
  let found: CapacityFindings
  var question: CapacityQuestion { found.question }

  var all: [Table] {
    [formulas, validation, memory, largest, causes, storage, writes, breakEven]
      .filter { !$0.rows.isEmpty }
  }

  /// Warns that a month is too large for one part.
  var largestMonth: [String] {
    guard let month = found.largestMonth else { return [] }
    return [
      "a month of \(month.name) takes \(Self.bytes(month.bytes)) on disk after merges, and merges "
        + "create parts of at most \(Self.bytes(CapacityFindings.partBytesMax)) "
        + "(max_bytes_to_merge_at_max_space_in_pool): it keeps at least "
        + "\(Self.amount(month.parts)) parts, so 'merged' predictions do not apply; use "
        + "--parts \(fixed(month.parts, 0)) and the unmerged predictions"
    ]
  }

  // MARK: - Models

  private var formulas: Table {
    var table = Table(
      title: "Fitted models of peak memory",
      headings: [
        .text("path"), .text("merge state"), .number("cells"), .number("typical error"),
        .number("worst"),
      ])
    for model in found.memory {
      table.rows.append([
        Field(model.path, .strong), Field(model.mergeState), Field("\(model.cells.count)"),
        Field(percent(model.residual)), Field(percent(model.worst)),
      ])
      table.remark("\(model.path), \(model.mergeState): \(Self.formula(model))", .plain)
    }
    table.remarks += ties
    let few = found.unmodelled.map { "\($0.path) \($0.mergeState) (\($0.cells))" }
    if !few.isEmpty {
      table.remark(
        "no model with fewer than \(CapacityModel.fewestCells) measured cells: "
          + few.joined(separator: ", "))
    }
    return table
  }

  /// Terms that the runs cannot separate, grouped over models.
  private var ties: [Field] {
    let ties = found.memory.flatMap { model in
      model.ties.map { tie in
        let kept = tie.kept == .constant ? "the constant" : tie.kept.rawValue
        let action = tie.areJoined ? "they share one coefficient" : "it is left out"
        return (
          place: "\(model.path) (\(model.mergeState))",
          sentence: "\(tie.other.rawValue) cannot be separated from \(kept): \(action); measure "
            + tie.other.remedy
        )
      }
    }
    return ties.grouped(by: \.sentence).map { sentence, ties in
      Field("\(ties.map(\.place).joined(separator: ", ")): \(sentence)", .warning)
    }
  }

  private var validation: Table {
    var table = Table(
      title: "Cross-validation: the largest window predicted from smaller ones",
      headings: [
        .text("path"), .text("merge state"), .number("left out"), .number("typical error"),
        .number("worst"), .text("of"), .text("goal"),
      ])
    for model in found.memory {
      let place = [Field(model.path, .strong), Field(model.mergeState)]
      guard let validation = model.validation, let worst = validation.worst else {
        table.rows.append(
          place + [Field("–"), Field("–"), Field("–"), Field("too few windows"), Field()])
        continue
      }
      let isMet = validation.typical <= CapacityValidation.goal
      table.rows.append(
        place + [
          Field("\(validation.misses.count)"), Field(percent(validation.typical)),
          Field((worst.error > 0 ? "+" : "") + percent(worst.error)),
          Field("\(worst.window) of \(worst.run)"),
          Field(isMet ? "met" : "missed", isMet ? .good : .warning),
        ])
    }
    table.remark(
      "goal: a typical error of at most \(percent(CapacityValidation.goal)); the "
        + "intervals below use the larger of both errors")
    return table
  }

  static func formula(_ model: CapacityModel) -> String {
    let constant = model.coefficients.first { $0.terms == [.constant] }?.value ?? 0
    func sum(_ isLater: Bool) -> [String] {
      model.coefficients.filter {
        $0.isLater == isLater && $0.terms != [.constant] && $0.value > 0
      }.map { coefficient in
        let names = coefficient.terms.map(\.rawValue).joined(separator: " + ")
        let unit = coefficient.terms[0].isCount ? " B" : ""
        return "\(significant(coefficient.value))\(unit) × "
          + (coefficient.terms.count > 1 ? "(\(names))" : names)
      }
    }
    let (first, later) = (sum(false), sum(true))
    let whole =
      first.isEmpty || later.isEmpty
      ? first + later
      : ["max(\(first.joined(separator: " + ")); \(later.joined(separator: " + ")))"]
    return (["\(significant(constant)) MiB"] + whole).joined(separator: " + ")
  }

  // MARK: - Answers

  private var amountMax: String { Self.amount(CapacityQuestion.factorMax) }

  private var memory: Table {
    var table = Table(
      title: "Memory per window",
      headings: [
        .text("window"), .text("path"), .text("merge state"), .number("rows", drop: 1),
        .number("bytes", drop: 0), .number("peak"), .text("95 %"), .number("beyond"),
      ])
    for window in question.windowsMs {
      let answers = found.answers.filter { $0.windowMs == window }
      table.append(
        group: Self.span(Double(window)),
        answers.map { answer in
          let isFar = answer.extrapolation > 1
          return [
            Field(answer.path), Field(answer.mergeState), Field(Self.amount(answer.rows)),
            Field(Self.bytes(answer.bytes)),
            answer.peakBytes.map { Field(Self.bytes($0.value)) } ?? Field("refused", .warning),
            Field(answer.peakBytes.map(Self.interval) ?? ""),
            isFar ? Field("\(significant(answer.extrapolation)) ×", .warning) : Field(),
          ]
        })
    }
    if found.answers.contains(where: { $0.extrapolation > 1 }) {
      table.remark("beyond: ratio to the largest measured bytes, rows, or term of the formula")
    }
    if let refused = found.answers.first(where: { $0.peakBytes == nil }) {
      table.remark(
        "refused: more than \(amountMax) times the measured range (of \(refused.path): "
          + "\(refused.extrapolationBy)); measure a larger window, or use --extrapolate", .warning)
    } else if found.answers.contains(where: { $0.extrapolation > CapacityQuestion.factorMax }) {
      table.remark(
        "more than \(amountMax) times the measured range: the interval covers the scatter of the "
          + "measurements, not whether the formula holds there", .warning)
    }
    table.remarks += unseenLimits
    return table
  }

  /// Limits of growth that follow only from the formula.
  private var unseenLimits: [Field] {
    let shown = found.answers.filter { $0.peakBytes != nil }
    let terms = CapacityTerm.allCases.filter { term in
      shown.contains { $0.unseenLimits.contains(term) }
    }
    return terms.map { term in
      let places = shown.filter { $0.unseenLimits.contains(term) }
        .map { "\($0.path) (\($0.mergeState))" }.uniqued().joined(separator: ", ")
      return Field(
        "\(places): no measured cell was large enough to show that "
          + "\(term.rawValue) stop growing; the formula assumes it; measure \(term.remedy)",
        .warning)
    }
  }

  private var largest: Table {
    let limit = question.memoryLimitBytes.map(Self.bytes) ?? ""
    return Table(
      title: "Largest safe window within \(limit)",
      headings: [.text("path"), .text("merge state"), .number("window"), .text("reason")],
      rows: found.largest.map { row in
        let why =
          switch row.bound {
          case .limit: "the interval reaches the limit"
          case .retention: "the retention"
          case .extrapolation: "longer windows exceed the extrapolation limit"
          case .nothingFits: "not even one second fits"
          case .undetermined: "these runs do not determine the interval"
          }
        let doubt = row.unseenLimits.isEmpty ? "" : ", if bytes stop growing as the formula assumes"
        return [
          Field(row.path, .strong), Field(row.mergeState),
          Field(row.windowMs.map(Self.span) ?? "none"), Field(why + doubt),
        ]
      },
      remarks: [Field("safe: the upper end of the interval is within the limit", .faint)])
  }

  private var causes: Table {
    let peak = question.peakBytes.map(Self.bytes) ?? ""
    return Table(
      title: "Windows with a peak of \(peak)",
      headings: [
        .text("path"), .text("merge state"), .number("window"), .text("95 %"),
        .number("rows", drop: 0), .number("bytes"), .number("beyond"),
      ],
      rows: found.causes.map { row in
        let place = [Field(row.path, .strong), Field(row.mergeState)]
        guard let window = row.windowMs, let rows = row.rows, let bytes = row.bytes else {
          let isFar = row.extrapolation != nil
          return place + [
            Field(isFar ? "refused" : "none", .warning), Field(), Field(), Field(),
            Field(row.extrapolation.map { "\(significant($0)) ×" } ?? ""),
          ]
        }
        let (low, high) = (row.windowLowMs.map(Self.span), row.windowHighMs.map(Self.span))
        return place + [
          Field(Self.span(window)), Field("\(low ?? "0s") – \(high ?? "more")"),
          Field(Self.amount(rows)), Field(Self.bytes(bytes)),
          Field(row.extrapolation.map { "\(significant($0)) ×" } ?? "", .warning),
        ]
      },
      remarks: [
        Field(
          "none: no window up to ten years reaches this peak, at the given row width and "
            + "number of versions", .faint)
      ])
  }
}
