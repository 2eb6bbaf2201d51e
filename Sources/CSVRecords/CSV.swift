// CSV reader and writer for the files of a run: RFC 4180 with a header and LF line ends (CRLF is
// accepted). The caller appends, syncs and truncates torn files.

package enum CSV {
  package struct Parsed<Record: Recorded>: Sendable {
    package var records: [Record] = []
    /// Number of bytes in whole lines. Truncate the file to this length before appending.
    package var intactByteCount = 0
    /// Whether the header equals the one that this version writes, so that lines can be appended.
    package var headerIsCurrent = false
  }

  /// How to treat a last line without a line break, which a crash during a write leaves.
  package enum LastLine: Sendable {
    /// RFC 4180: the line counts, and must be complete.
    case optionalBreak
    /// The writer ends every line with a break, so the line is torn: skip it.
    case tornIfUnbroken
    /// The writer finished, so every line has a break: an error.
    case breakRequired
  }

  package static func header<Record: Recorded>(_ kind: Record.Type) -> String {
    joined(Record.columns.map(\.name))
  }

  package static func line<Record: Recorded>(_ record: Record) -> String {
    joined(Record.columns.map { $0.encode(record) })
  }

  package static func document<Record: Recorded>(_ records: [Record]) -> String {
    records.reduce(into: header(Record.self)) { $0 += line($1) }
  }

  /// Reads a file; errors name it `file`. Columns may come in any order and under their former
  /// names, unknown ones are ignored, and optional ones may be missing. Takes bytes because a torn
  /// file can end inside a character.
  package static func parse<Record: Recorded>(
    _ kind: Record.Type, _ bytes: [UInt8], file: String, lastLine: LastLine = .optionalBreak
  ) throws(RecordError) -> Parsed<Record> {
    var scanner = CSVScanner(bytes, file: file, lastLine: lastLine)
    var parsed = Parsed<Record>()
    guard let header = try scanner.next() else {
      guard lastLine == .tornIfUnbroken, !bytes.contains(0) else {
        throw RecordError("\(file) is empty; its first line must name the columns")
      }
      return parsed
    }
    parsed.headerIsCurrent = header == Record.columns.map(\.name)
    parsed.intactByteCount = scanner.intactByteCount
    let columns = try columns(of: kind, in: header, file: file)
    let decoders = columns.map { $0?.decode ?? { _, _ in .taken } }
    let mayBeEmpty = columns.map { $0?.isRequired != true }
    while let fields = try scanner.next() {
      guard fields.count == header.count else {
        if fields == [""] { continue }
        throw RecordError(
          "\(file), line \(scanner.line): \(fields.count) fields where the header names "
            + "\(header.count)")
      }
      var record = Record()
      for position in fields.indices {
        // A new record already has the value of an empty optional field.
        if fields[position].isEmpty && mayBeEmpty[position] { continue }
        let reading = decoders[position](&record, fields[position])
        guard reading != .taken else { continue }
        throw RecordError(
          "\(file), line \(scanner.line): '\(excerpt(fields[position]))' is no value for "
            + header[position] + (reading == .outOfRange ? words(columns[position]?.range) : ""))
      }
      parsed.records.append(record)
      parsed.intactByteCount = scanner.intactByteCount
    }
    return parsed
  }

  private static func columns<Record: Recorded>(
    of kind: Record.Type, in header: [String], file: String
  ) throws(RecordError) -> [CSVColumn<Record>?] {
    let columns = header.map { name in
      Record.columns.first { $0.name == name } ?? Record.columns.first { $0.formerName == name }
    }
    let names = zip(columns, header).map { $0?.name ?? $1 }
    for (position, name) in names.enumerated() where names[..<position].contains(name) {
      throw RecordError("\(file), line 1: the column \(excerpt(name)) appears twice")
    }
    for column in Record.columns where column.isRequired && !names.contains(column.name) {
      throw RecordError("\(file), line 1: the column \(column.name) is missing")
    }
    return columns
  }

  /// `, which is from 1 to 100`.
  private static func words(_ range: ClosedRange<Double>?) -> String {
    guard let range else { return "" }
    let bounds = [range.lowerBound, range.upperBound].map { Int(exactly: $0)?.csvText ?? "\($0)" }
    return ", which is from \(bounds[0]) to \(bounds[1])"
  }

  private static func joined(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes = field.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    guard needsQuotes else { return field }
    return "\""
      + field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  private static func excerpt(_ field: String) -> String {
    field.count > 40 ? field.prefix(40) + "…" : field
  }
}
