// Key `shapes` of a `datasets/*.yaml` file, and its checks.

import StrictYAML
import Units

extension Dataset {
  /// Call it after `deleted` and `types` have been read.
  mutating func readShapes(_ value: Value) throws(DocumentError) {
    let types = types
    let pairs = try value.entries { (key, value) throws(DocumentError) in
      let shape = try shape(key, value)
      if shape == .retyped, types.filter({ $0.weight > 0 }).count < 2 {
        throw value.wrong("needs two types with a weight above 0; add one to 'types'")
      }
      guard shape == .hot else { return (shape, try value.fraction(), nil as Int?) }
      return try value.mapping { (map) throws(DocumentError) in
        let versions = try map["versions"].integer(in: 2...Dataset.hotVersionsMax)
        return (shape, try map["share"].fraction(), versions)
      }
    }
    for (shape, share, versions) in pairs {
      shapes[shape] = share
      hotVersions = versions ?? hotVersions
    }
    let sum = pairs.reduce(deleted) { $0 + $1.1 }
    guard sum <= 1 + 1e-9 else {
      let together = deleted > 0 ? " together with 'deleted'" : ""
      throw value.wrong("adds up to \(significant(sum))\(together); the shares must be at most 1")
    }
  }
}

private func shape(_ key: String, _ value: Value) throws(DocumentError) -> Shape {
  guard let shape = Shape(rawValue: key) else {
    let known = Shape.allCases.filter { $0.isGiven }.map { $0.rawValue }
    throw value.wrong("is not a shape; known are \(known.joined(separator: ", "))")
  }
  if shape.isGiven { return shape }
  throw value.wrong(
    shape == .deleted
      ? "is a separate key; write 'deleted: 0.02' next to 'shapes'"
      : "is the rest that the other shapes leave; remove it")
}
