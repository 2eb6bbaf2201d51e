// The key `shapes` of a `datasets/*.yaml` file.
//
// The sentences for shares that cannot be; what a shape is, is said in `Shape`.

import Documents
import Units

extension Dataset {
  /// Reads shapes with their shares, once `deleted` and `types` have been read.
  mutating func readShapes(_ value: Value) throws(DocumentError) {
    let pairs = try value.entries { (key, share) throws(DocumentError) in
      try shape(key, share)
    }
    for (shape, share, versions) in pairs {
      shapes[shape] = share
      hotVersions = versions ?? hotVersions
    }
    let sum = pairs.reduce(deleted) { $0 + $1.1 }
    guard sum <= 1 + 1e-9 else {
      let together = deleted > 0 ? " together with 'deleted'" : ""
      throw value.wrong("adds up to \(significant(sum))\(together); the shares are at most 1")
    }
    if shapes[.retyped, default: 0] > 0, types.filter({ $0.weight > 0 }).count < 2 {
      throw value.wrong("has 'retyped', which needs two types with a weight above 0; add one")
    }
  }

  private func shape(
    _ key: String, _ value: Value
  ) throws(DocumentError) -> (Shape, Double, Int?) {
    let known = Shape.allCases.filter { $0.isGiven }
    guard let shape = Shape(rawValue: key) else {
      let words = known.map { $0.rawValue }.joined(separator: ", ")
      throw value.wrong("is no shape; known are \(words)")
    }
    switch shape {
    case .plain, .superseded: throw value.wrong("is what the other shapes leave; remove it")
    case .deleted:
      throw value.wrong("is a key of its own; write 'deleted: 0.02' beside 'shapes'")
    case .hot:
      return try value.mapping { (map) throws(DocumentError) in
        (
          .hot, try map["share"].fraction(),
          try map["versions"].integer(in: 2...Dataset.hotVersionsMax)
        )
      }
    default: return (shape, try value.fraction(), nil)
    }
  }
}
