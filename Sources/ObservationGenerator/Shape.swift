// Shapes: the kinds of duplicates that the versions of an observation can form.

/// How the versions of one observation differ. An observation has exactly one shape, so that a
/// wrong result has one cause.
///
/// Versions are numbered in the order in which the application created them. The last one is
/// current: it has the greatest `event_ts`, and among equal ones it arrived last.
package enum Shape: String, Sendable, CaseIterable {
  case plain
  /// Several versions that differ only in content and time.
  case superseded
  case deleted
  /// The last but one version is a tombstone, the last is not.
  case undeleted
  /// The last version arrives before the one that it replaces.
  case outOfOrder = "out_of_order"
  /// The last two have the same `updated_at` and arrive in order.
  case tiedUpdatedAt = "tied_updated_at"
  /// The last two have the same `updated_at`, and the last arrives first.
  case tiedOutOfOrder = "tied_out_of_order"
  /// The last two have the same `event_ts` and `updated_at`.
  case tied
  /// The last version has an older `updated_at` than the one that it replaces.
  case disagreeing
  /// The last version has another `type`.
  case retyped
  /// The last version has another `start_time` on the same day.
  case movedWithinDay = "moved_within_day"
  /// The last version has a `start_time` on another day of the same month.
  case movedDay = "moved_day"
  /// The last version has a `start_time` in another month.
  case movedMonth = "moved_month"
  /// Very many versions.
  case hot

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

  /// Whether `shapes` can assign it: `plain` and `superseded` are the rest, and `deleted` is a
  /// separate key.
  var isGiven: Bool {
    switch self {
    case .plain, .superseded, .deleted: false
    default: true
    }
  }

  /// The fewest versions that can form it.
  var versionsMin: Int {
    switch self {
    case .plain, .deleted: 1
    case .undeleted: 3
    default: 2
    }
  }
}
