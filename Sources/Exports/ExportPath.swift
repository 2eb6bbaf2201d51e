// An export path: one way to get every surviving observation of a project and window out of
// ClickHouse. A path is one `.sql` file; this is what the rest of the suite knows about it.

/// One way of exporting a window.
public struct ExportPath: Sendable, Equatable, Codable {
  /// The file's name without `.sql`, such as `limit-by`; with a label after an `@` where a run has
  /// the same path twice.
  public internal(set) var name: String
  /// The `SELECT`, without a `FORMAT`. Its parameters are `{projectId: String}`,
  /// `{minTimestamp: DateTime64(3)}` and `{maxTimestamp: DateTime64(3)}`, both bounds inclusive.
  public let sql: String
  /// How it works, in one line.
  public let idea: String
  /// What it holds in memory, in one line.
  public let keepsInMemory: String
  /// Where its answer differs from the truth, in one line.
  public let getsWrong: String
  /// The table or view that it reads.
  public let reads: String

  /// Reads a path file: comment lines `-- key: text` at its head, then the statement.
  public init(name: String, text: String) throws(ExportsError) {
    var header: [String: String] = [:]
    var body: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if body.isEmpty, line.hasPrefix("--") {
        let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        header[parts[0].trimmed] = parts[1].trimmed
      } else if !(body.isEmpty && line.isEmpty) {
        body.append(line)
      }
    }
    func field(_ key: String) throws(ExportsError) -> String {
      guard let value = header[key] else {
        throw ExportsError(
          "export path \(name).sql has no line '-- \(key): …' at its head; add one")
      }
      return value
    }
    self.name = name
    sql = body.joined(separator: "\n").trimmed
    idea = try field("idea")
    keepsInMemory = try field("keeps in memory")
    getsWrong = try field("gets wrong")
    reads = try field("reads")
    guard !sql.isEmpty else {
      throw ExportsError("export path \(name).sql holds no statement; add a SELECT")
    }
  }
}

/// SQL that ships with the suite and cannot be used. The description is one sentence.
public struct ExportsError: Error, CustomStringConvertible, Sendable {
  /// The sentence.
  public let description: String

  init(_ sentence: String) { description = sentence }
}

extension StringProtocol {
  /// Without white space at both ends.
  var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
