// The tables of a capacity plan.

import CapacityModel
import Units

/// The tables of a capacity plan.
struct CapacityTables {
  let found: CapacityFindings
  var question: CapacityQuestion { found.question }

  init(_ found: CapacityFindings) { self.found = found }

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
        .init(text: "path", kind: .text), .init(text: "merge state", kind: .text),
        .init(text: "cells", kind: .number), .init(text: "typical error", kind: .number),
        .init(text: "worst", kind: .number),
      ])
    for model in found.memory {
      table.rows.append([
        Field(text: model.path, tone: .strong), Field(text: model.mergeState),
        Field(text: "\(model.cells.count)"), Field(text: percent(model.residual)),
        Field(text: percent(model.worst)),
      ])
      table.remarks.append(
        Field(text: "\(model.path), \(model.mergeState): \(Self.formula(model))"))
    }
    table.remarks += ties
    let few = found.unmodelled.map { "\($0.path) \($0.mergeState) (\($0.cells))" }
    if !few.isEmpty {
      table.remarks.append(
        Field(
          text: "no model with fewer than \(CapacityModel.fewestCells) measured cells: "
            + few.joined(separator: ", "), tone: .faint))
    }
    return table
  }

  /// Terms that the runs cannot separate, grouped over models.
  private var ties: [Field] {
    var places: [String: [String]] = [:]
    var order: [String] = []
    for model in found.memory {
      for tie in model.ties {
        let kept = tie.kept == .constant ? "the constant" : tie.kept.rawValue
        let action =
          tie.areJoined
          ? "they share one coefficient" : "it is left out"
        let sentence =
          "\(tie.other.rawValue) cannot be separated from \(kept): \(action); measure "
          + tie.other.remedy
        if places[sentence] == nil { order.append(sentence) }
        places[sentence, default: []].append("\(model.path) (\(model.mergeState))")
      }
    }
    return order.map { sentence in
      Field(
        text: "\((places[sentence] ?? []).joined(separator: ", ")): \(sentence)", tone: .warning)
    }
  }

  private var validation: Table {
    var table = Table(
      title: "Cross-validation: the largest window predicted from smaller ones",
      headings: [
        .init(text: "path", kind: .text), .init(text: "merge state", kind: .text),
        .init(text: "left out", kind: .number), .init(text: "typical error", kind: .number),
        .init(text: "worst", kind: .number), .init(text: "of", kind: .text),
        .init(text: "goal", kind: .text),
      ])
    for model in found.memory {
      let place = [Field(text: model.path, tone: .strong), Field(text: model.mergeState)]
      guard let validation = model.validation, let worst = validation.worst else {
        table.rows.append(
          place + [
            Field(text: "–"), Field(text: "–"), Field(text: "–"),
            Field(text: "too few windows"), Field(),
          ])
        continue
      }
      let isMet = validation.typical <= CapacityValidation.goal
      table.rows.append(
        place + [
          Field(text: "\(validation.misses.count)"), Field(text: percent(validation.typical)),
          Field(text: (worst.error > 0 ? "+" : "") + percent(worst.error)),
          Field(text: "\(worst.window) of \(worst.run)"),
          Field(text: isMet ? "met" : "missed", tone: isMet ? .good : .warning),
        ])
    }
    table.remarks = [
      Field(
        text: "goal: a typical error of at most \(percent(CapacityValidation.goal)); the "
          + "intervals below use the larger of both errors", tone: .faint)
    ]
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
        .init(text: "window", kind: .text), .init(text: "path", kind: .text),
        .init(text: "merge state", kind: .text), .init(text: "rows", kind: .number, dropOrder: 1),
        .init(text: "bytes", kind: .number, dropOrder: 0), .init(text: "peak", kind: .number),
        .init(text: "95 %", kind: .text), .init(text: "beyond", kind: .number),
      ])
    for window in question.windowsMs {
      table.groupStarts.insert(table.rows.count)
      for (place, answer) in found.answers.filter({ $0.windowMs == window }).enumerated() {
        let isFar = answer.extrapolation > 1
        table.rows.append([
          Field(text: place == 0 ? Self.span(Double(window)) : "", tone: .strong),
          Field(text: answer.path), Field(text: answer.mergeState),
          Field(text: Self.amount(answer.rows)), Field(text: Self.bytes(answer.bytes)),
          answer.peakBytes.map { Field(text: Self.bytes($0.value)) }
            ?? Field(text: "refused", tone: .warning),
          Field(text: answer.peakBytes.map(Self.interval) ?? ""),
          isFar
            ? Field(text: "\(significant(answer.extrapolation)) ×", tone: .warning) : Field(),
        ])
      }
    }
    if found.answers.contains(where: { $0.extrapolation > 1 }) {
      table.remarks.append(
        Field(
          text:
            "beyond: ratio to the largest measured bytes, rows, or term of "
            + "the formula", tone: .faint))
    }
    if let refused = found.answers.first(where: { $0.peakBytes == nil }) {
      table.remarks.append(
        Field(
          text: "refused: more than \(amountMax) times the "
            + "measured range (of \(refused.path): \(refused.extrapolationBy)); measure a larger "
            + "window, or use --extrapolate", tone: .warning))
    } else if found.answers.contains(where: { $0.extrapolation > CapacityQuestion.factorMax }) {
      table.remarks.append(
        Field(
          text: "more than \(amountMax) times the measured range: the "
            + "interval covers the scatter of the measurements, not whether the formula holds "
            + "there", tone: .warning))
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
      var places: [String] = []
      for answer in shown where answer.unseenLimits.contains(term) {
        let place = "\(answer.path) (\(answer.mergeState))"
        if !places.contains(place) { places.append(place) }
      }
      return Field(
        text: "\(places.joined(separator: ", ")): no measured cell was large enough to show that "
          + "\(term.rawValue) stop growing; the formula assumes it; measure \(term.remedy)",
        tone: .warning)
    }
  }

  private var largest: Table {
    let limit = question.memoryLimitBytes.map(Self.bytes) ?? ""
    return Table(
      title: "Largest safe window within \(limit)",
      headings: [
        .init(text: "path", kind: .text), .init(text: "merge state", kind: .text),
        .init(text: "window", kind: .number), .init(text: "reason", kind: .text),
      ],
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
          Field(text: row.path, tone: .strong), Field(text: row.mergeState),
          Field(text: row.windowMs.map(Self.span) ?? "none"), Field(text: why + doubt),
        ]
      },
      remarks: [
        Field(text: "safe: the upper end of the interval is within the limit", tone: .faint)
      ])
  }

  private var causes: Table {
    let peak = question.peakBytes.map(Self.bytes) ?? ""
    return Table(
      title: "Windows with a peak of \(peak)",
      headings: [
        .init(text: "path", kind: .text), .init(text: "merge state", kind: .text),
        .init(text: "window", kind: .number), .init(text: "95 %", kind: .text),
        .init(text: "rows", kind: .number, dropOrder: 0), .init(text: "bytes", kind: .number),
        .init(text: "beyond", kind: .number),
      ],
      rows: found.causes.map { row in
        let place = [Field(text: row.path, tone: .strong), Field(text: row.mergeState)]
        guard let window = row.windowMs, let rows = row.rows, let bytes = row.bytes else {
          let isFar = row.extrapolation != nil
          return place + [
            Field(text: isFar ? "refused" : "none", tone: .warning), Field(), Field(), Field(),
            Field(text: row.extrapolation.map { "\(significant($0)) ×" } ?? ""),
          ]
        }
        let (low, high) = (row.windowLowMs.map(Self.span), row.windowHighMs.map(Self.span))
        return place + [
          Field(text: Self.span(window)), Field(text: "\(low ?? "0s") – \(high ?? "more")"),
          Field(text: Self.amount(rows)), Field(text: Self.bytes(bytes)),
          Field(text: row.extrapolation.map { "\(significant($0)) ×" } ?? "", tone: .warning),
        ]
      },
      remarks: [
        Field(
          text: "none: no window up to ten years reaches this peak, at the given row width and "
            + "number of versions", tone: .faint)
      ])
  }
}
