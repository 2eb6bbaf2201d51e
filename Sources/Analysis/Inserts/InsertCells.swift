// The cells and summary rows of inserts: the attempts and the rounds of one leg.

import BenchmarkSpec
import RunStore

/// The cells of the insert attempts: one for each leg, in the order of the file.
func insertCells(_ inserts: [InsertSample]) -> [Cell<InsertSample>] {
  inserts.map(\.legName).uniqued().map { leg in
    let subjects = InsertTarget.allCases.map { target in
      let places = inserts.indices.filter {
        inserts[$0].target == target && inserts[$0].legName == leg
      }
      return last(places) { inserts[$0].pair }
        .reduce(into: Subject(target.rawValue, of: inserts)) { subject, place in
          subject.add(
            place, repeat: inserts[place].pair, status: inserts[place].status,
            error: inserts[place].errorName)
        }
    }
    return Cell(leg: leg, subjects: subjects)
  }
}

/// The cells of whole rounds, inserts and merges together: one for each leg.
func settledCells(_ records: Records) -> [Cell<SettledRound>] {
  let rounds = SettledRound.all(records)
  return rounds.map(\.leg).uniqued().map { leg in
    let subjects = InsertTarget.allCases.map { target in
      rounds.indices.filter { rounds[$0].leg == leg && rounds[$0].target == target }
        .reduce(into: Subject(target.rawValue, of: rounds)) { subject, place in
          let failure = rounds[place].failure
          subject.add(
            place, repeat: rounds[place].round, status: failure == nil ? .ok : .failed,
            error: failure)
        }
    }
    return Cell(leg: leg, subjects: subjects)
  }
}

extension SummaryScope {
  /// Inserts, by leg.
  package static let insert = SummaryScope(rawValue: "insert")
  /// Rounds of inserts and their merges until they settled, by leg.
  package static let settled = SummaryScope(rawValue: "settled")
}

extension Summary {
  /// The row of an insert figure. `subject` is `plain`, `with_view` or `with_view/plain`.
  package func insert(
    _ figure: String, leg: String = ReservedLeg.load, subject: String
  ) -> SummaryRow? {
    row(.insert, leg: leg, figure: figure, subject: subject)
  }

  /// The row of a figure of whole rounds, inserts and merges. `subject` as of inserts.
  package func settled(_ figure: String, leg: String, subject: String) -> SummaryRow? {
    row(.settled, leg: leg, figure: figure, subject: subject)
  }

  /// The legs of inserts, in the order of the run.
  package var legs: [String] { rows.filter { $0.scope == .insert }.compactMap(\.leg).uniqued() }
}
