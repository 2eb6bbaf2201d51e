// The different elements of a sequence.

extension Sequence where Element: Hashable {
  /// In order of first appearance.
  package func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
