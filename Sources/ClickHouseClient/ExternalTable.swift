// Tables of ours that travel with a query and are gone with it, so that a server can work on our
// data without a table being written. They are parts of a `multipart/form-data` body; the query and
// what describes the tables are fields of the same form, because a URL has limits on its length.

import HTTPTransport
import Synchronization

/// A table that is sent with one query. The server holds it in memory until the query has ended.
package struct ExternalTable: Sendable {
  /// The name that the query knows it by.
  package let name: Identifier
  /// The format of the data, such as `Parquet`.
  package let format: String
  /// Names and types of the columns, as in `CREATE TABLE`.
  package let structure: String
  /// Makes the data; read once.
  package let source: BodySource

  /// Makes a table.
  ///
  /// - Parameters:
  ///   - name: what the query calls it.
  ///   - format: the format of the data.
  ///   - structure: names and types, as in `CREATE TABLE`. Columns that it leaves out are not read.
  ///   - source: makes the data, once.
  package init(
    name: Identifier, format: String, structure: String, source: @escaping BodySource
  ) {
    self.name = name
    self.format = format
    self.structure = structure
    self.source = source
  }
}

/// The body of a request that carries a query and its tables, made as it is sent: of the data no
/// more than the buffer that is being filled is in memory.
final class MultipartForm: Sendable {
  private let boundary = "exportbench-\(Query.newID())"
  private let pieces: Mutex<[BodySource]>

  /// Puts the fields before the data: the server reads a table as soon as it comes, and has to know
  /// its format by then.
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

  package var body: RequestBody { .stream { try self.fill($0) } }

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
