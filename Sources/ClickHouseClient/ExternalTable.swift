// External tables: data sent with a query, which the server can read without a table being created.
// They are parts of a `multipart/form-data` body; the query and the table descriptions are fields
// of the same form, because URLs have a length limit.

import HTTPTransport
import Synchronization

/// A table sent with one query. The server keeps it in memory until the query ends.
package struct ExternalTable: Sendable {
  package let name: Identifier
  /// Such as `Parquet`.
  package let format: String
  /// Column names and types, as in `CREATE TABLE`.
  package let structure: String
  /// Read once.
  package let source: BodySource

  /// - Parameters:
  ///   - structure: names and types, as in `CREATE TABLE`. Columns that it omits are not read.
  ///   - source: supplies the data, once.
  package init(
    name: Identifier, format: String, structure: String, source: @escaping BodySource
  ) {
    self.name = name
    self.format = format
    self.structure = structure
    self.source = source
  }
}

/// The body of a request with a query and its tables, produced while it is sent: only the current
/// buffer is in memory.
final class MultipartForm: Sendable {
  private let boundary = "exportbench-\(Query.newID())"
  private let pieces: Mutex<[BodySource]>

  /// The fields precede the data: the server reads a table on arrival and needs its format first.
  init(sql: String, _ tables: [ExternalTable]) {
    var fields = [("query", sql)]
    for table in tables {
      fields.append(("\(table.name.name)_format", table.format))
      fields.append(("\(table.name.name)_structure", table.structure))
    }
    let head = "\r\n--\(boundary)\r\nContent-Disposition: form-data; name="
    var text = ""
    for (name, value) in fields { text += "\(head)\"\(name)\"\r\n\r\n\(value)" }
    var pieces: [BodySource] = []
    for table in tables {
      let name = table.name.name
      text += "\(head)\"\(name)\"; filename=\"\(name)\"\r\n"
      text += "Content-Type: application/octet-stream\r\n\r\n"
      pieces += [bodySource(of: Array(text.utf8)), table.source]
      text = ""
    }
    pieces.append(bodySource(of: Array("\r\n--\(boundary)--\r\n".utf8)))
    self.pieces = Mutex(pieces)
  }

  var contentType: String { "multipart/form-data; boundary=\(boundary)" }

  var body: RequestBody { .stream { try self.fill($0) } }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try pieces.withLock { pieces in
      while let piece = pieces.first {
        let count = try piece(buffer)
        if count > 0 { return count }
        pieces.removeFirst()
      }
      return 0
    }
  }
}
