// The version of a server, as a thing that can be compared.

/// The version of a server, such as 25.8.2.
package struct ServerVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The year, since 18.
  package let major: Int
  /// The release of the year.
  package let minor: Int
  package let patch: Int

  package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// Reads the beginning of a text such as `25.8.2.1 (official build)`; nil if it is no version.
  package init?(parsing text: some StringProtocol) {
    let parts = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }.split(separator: ".")
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    self.init(major, minor, parts.count > 2 ? Int(parts[2]) ?? 0 : 0)
  }

  package static func < (left: ServerVersion, right: ServerVersion) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }

  /// `25.8.2`
  package var description: String { "\(major).\(minor).\(patch)" }
}
