// The cells and summary rows of exports: the attempts in one merge state and one window.

import RunStore

/// The cells of the ordinary exports, with what the checks found of their answers.
package func exportCells(_ records: Records, order: [String]) -> [Cell<Sample>] {
  attemptCells(
    records.samples.ordinary, order: order, checks: AnswerChecks(records.verifications))
}

/// The cells of measured attempts of one kind: states of merges in the order of the run, then
/// windows by length. Every cell has all paths of `order`, then further ones by name.
func attemptCells(
  _ samples: [Sample], order: [String], checks: AnswerChecks
) -> [Cell<Sample>] {
  let measured = samples.indices.filter { samples[$0].period == .measured }
  let paths = order + Set(measured.map { samples[$0].path }).subtracting(order).sorted()
  return measured.grouped { samples[$0].mergeState }.flatMap { state, places in
    places.grouped {
      Window(length: samples[$0].windowMs, name: samples[$0].window)
    }.sorted { $0.key < $1.key }.map { window, places in
      let places = Dictionary(grouping: places) { samples[$0].path }
      let subjects = paths.map { path in
        // An attempt that lost its server is made again when the run goes on: the last one stands.
        var subject = Subject(path, of: samples)
        for place in last(places[path] ?? [], by: { samples[$0].repeat }) {
          subject.add(
            place, repeat: samples[place].repeat, status: samples[place].status,
            error: samples[place].errorName)
        }
        subject.wrongAnswer = checks.wrongAnswer(state, path, window.name)
        subject.isUnchecked = checks.isUnchecked(state, path, window.name)
        return subject
      }
      return Cell(
        mergeState: state, window: window.name, windowMs: window.length,
        subjects: subjects.filter { $0.tried > 0 })
    }
  }
}

private struct Window: Hashable, Comparable {
  let length: Int
  let name: String

  static func < (left: Window, right: Window) -> Bool {
    (left.length, left.name) < (right.length, right.name)
  }
}

extension SummaryScope {
  /// Exports, by merge state and window.
  package static let export = SummaryScope(rawValue: "export")
}

extension Summary {
  /// The row of an export figure. `subject` is a path or a ratio of two.
  package func export(
    _ figure: String, mergeState: String, window: String, subject: String
  ) -> SummaryRow? {
    row(.export, mergeState: mergeState, window: window, figure: figure, subject: subject)
  }

  /// The merge states that were exported from, in the order of the run.
  package var mergeStates: [String] {
    rows.filter { $0.scope == .export }.compactMap(\.mergeState).uniqued()
  }

  /// The windows that were exported in a merge state, the shortest first.
  package func windows(_ mergeState: String) -> [String] {
    rows.filter { $0.scope == .export && $0.mergeState == mergeState }.compactMap(\.window)
      .uniqued()
  }
}
