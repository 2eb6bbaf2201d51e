// The shapes that the versions of an observation take: what can go wrong with duplicates, one at a
// time.
//
// What each is, in words. Which observation has which, and what follows for its rows, is the law of
// the dataset: see `Rows`.

/// How the versions of one observation differ from each other. An observation has exactly one
/// shape, so that a wrong answer about it has one cause.
///
/// Versions are numbered in the order in which the application made them: the last is the one with
/// the greatest `event_ts`, of equal ones the one that arrived last. That one is the truth.
package enum Shape: String, Sendable, CaseIterable {
  /// One version.
  case plain
  /// Several versions that differ in nothing but their content and their time.
  case superseded
  /// The last version is a tombstone.
  case deleted
  /// The last version but one is a tombstone, the last is alive again.
  case undeleted
  /// The last version arrives before the one that it replaces.
  case outOfOrder = "out_of_order"
  /// The last two have the same `updated_at`, and arrive in order.
  case tiedUpdatedAt = "tied_updated_at"
  /// The last two have the same `updated_at`, and the last arrives first.
  case tiedOutOfOrder = "tied_out_of_order"
  /// The last two have the same `event_ts` and the same `updated_at`.
  case tied
  /// The last version has an older `updated_at` than the one that it replaces.
  case disagreeing
  /// The last version has another `type` than the ones before.
  case retyped
  /// The last version has a `start_time` at another time of the same day.
  case movedWithinDay = "moved_within_day"
  /// The last version has a `start_time` on another day of the same month.
  case movedDay = "moved_day"
  /// The last version has a `start_time` in another month.
  case movedMonth = "moved_month"
  /// Very many versions.
  case hot

  /// One line for reports.
  package var meaning: String {
    switch self {
    case .plain: "one version"
    case .superseded: "several versions, in order and otherwise alike"
    case .deleted: "the newest version is a tombstone"
    case .undeleted: "an earlier version is a tombstone, the newest is alive"
    case .outOfOrder: "the newest version arrives before the one that it replaces"
    case .tiedUpdatedAt: "the newest two have the same updated_at and arrive in order"
    case .tiedOutOfOrder: "the newest two have the same updated_at and arrive in reverse"
    case .tied: "the newest two have the same event_ts and updated_at; the last to arrive counts"
    case .disagreeing: "the newest by event_ts is not the newest by updated_at"
    case .retyped: "the newest version has another type"
    case .movedWithinDay: "the newest version starts at another time of the same day"
    case .movedDay: "the newest version starts on another day of the same month"
    case .movedMonth: "the newest version starts in another month"
    case .hot: "very many versions"
    }
  }

  /// Whether a dataset's `shapes` can give it a share: `plain` and `superseded` are what is left,
  /// and `deleted` is a figure of its own.
  var isGiven: Bool {
    switch self {
    case .plain, .superseded, .deleted: false
    default: true
    }
  }

  /// The fewest versions that show it.
  var versionsMin: Int {
    switch self {
    case .plain, .deleted: 1
    case .undeleted: 3
    default: 2
    }
  }
}
