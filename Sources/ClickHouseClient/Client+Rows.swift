// Reads a short result into Swift values. Long results use `stream`.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Client {
  /// The size limit of ``rows(_:as:)``: 64 MiB.
  package static let resultBytesMax = 64 << 20

  /// The values of a query with one column; otherwise as ``rows(_:with:as:)``.
  package func values<Value: Decodable>(
    _ query: Query, with tables: [ExternalTable] = [], as value: Value.Type
  ) async throws -> [Value] {
    try await rows(query, with: tables, as: [String: Value].self).flatMap(\.values)
  }

  /// Runs a query and decodes its rows, each from an object keyed by column name.
  ///
  /// 64-bit integers are exact; NaN, infinities and NULL become null; dates are strings.
  ///
  /// - Parameters:
  ///   - query: a query without `FORMAT`.
  ///   - tables: external tables, sent with the query.
  /// - Returns: rows in the server's order; empty for a statement without a result.
  /// - Throws: as every method of ``Client``; also ``ClickHouseError/undecodable(_:)`` and
  ///   ``ClickHouseError/resultTooLarge(limitBytes:queryID:)``.
  package func rows<Row: Decodable>(
    _ query: Query, with tables: [ExternalTable] = [], as row: Row.Type = Row.self
  ) async throws -> [Row] {
    let form = tables.isEmpty ? nil : MultipartForm(sql: query.sql, tables)
    let body = Shared([UInt8]())
    var query = query
    // Tables are produced while they are sent, and a caller that sets an id searches the log for
    // one query.
    let isOnce = form != nil || query.queryID != nil
    query.repetition = query.repetition ?? (isOnce ? .never : .read)
    let queryID = query.queryID ?? Query.newID()
    query.queryID = queryID
    let question = query
    let work = {
      body.value.withLock { $0.removeAll() }
      return try await self.send(
        question, sqlInURL: false,
        body: { [sql = question.sql] in form?.body ?? .bytes(Array(sql.utf8)) },
        contentType: form?.contentType,
        extra: [
          "default_format": "JSONEachRow", "output_format_json_array_of_rows": "1",
          "output_format_json_quote_64bit_integers": "0",
          // Parallel formatting costs more than it saves for a short text.
          "output_format_parallel_formatting": "0",
        ]
      ) { bytes in
        try body.value.withLock { body in
          guard body.count + bytes.count <= Client.resultBytesMax else {
            throw ClickHouseError.resultTooLarge(
              limitBytes: Client.resultBytesMax, queryID: queryID)
          }
          body.append(contentsOf: bytes)
        }
      }
    }
    let outcome = isOnce ? try await work() : try await retryingOnce(work)
    // A statement without a result, such as CREATE, returns an empty body.
    guard outcome.receivedBytes > 0 else { return [] }
    do {
      return try JSONDecoder().decode([Row].self, from: Data(body.value.withLock { $0 }))
    } catch let error as DecodingError {
      throw ClickHouseError.undecodable(
        "the rows of query \(queryID) are not of type \(row): \(sentence(error))")
    }
  }
}

private func sentence(_ error: DecodingError) -> String {
  let (context, said): (DecodingError.Context, String) =
    switch error {
    case .keyNotFound(let key, let context): (context, "there is no column '\(key.stringValue)'")
    case .typeMismatch(let type, let context): (context, "it is not a \(type)")
    case .valueNotFound(let type, let context): (context, "it is null and not a \(type)")
    case .dataCorrupted(let context): (context, "it is not JSON")
    @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
    }
  let path = context.codingPath.map { $0.intValue.map { "row \($0 + 1)" } ?? $0.stringValue }
  return path.isEmpty ? said : "at \(path.joined(separator: ", column ")) \(said)"
}
