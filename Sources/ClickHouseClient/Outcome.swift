// What is known of a query that succeeded, beside its result.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import HTTPTransport

/// When things happened, in milliseconds; Transport's.
package typealias Timings = HTTPTransport.Timings

/// What is known of a query that succeeded.
package struct Outcome: Sendable {
  /// The id under which the server logged it.
  package let queryID: String
  /// The length of the result in bytes, as it travelled.
  package let receivedBytes: Int
  /// The length of what was sent in bytes: the text of a query, or the data of an insert.
  package let sentBytes: Int
  /// When things happened, seen from here.
  package let timings: Timings
  /// What the server said of the work, if it did. Read when it is asked for: hardly anybody does,
  /// and reading it takes longer than a trivial query's other steps here.
  package var summary: Summary? { summaryHeader.flatMap { Summary(header: $0) } }
  let summaryHeader: String?
  /// How often it was sent again before it was answered: 0, unless the query allows it.
  package let repeats: Int
}

/// The server's `X-ClickHouse-Summary`. It is sent with the header lines: for a result that is
/// streamed it tells of the work until then only, unless `wait_end_of_query=1` was set. The full
/// figures are in `system.query_log`.
package struct Summary: Sendable, Equatable {
  package let readRows: Int?
  /// Bytes read, uncompressed.
  package let readBytes: Int?
  /// Rows written, those of materialized views included.
  package let writtenRows: Int?
  /// Bytes written, uncompressed.
  package let writtenBytes: Int?
  package let resultRows: Int?
  /// Bytes of the result, in memory.
  package let resultBytes: Int?
  /// Nanoseconds that the query took.
  package let elapsedNanoseconds: Int?
  /// Peak memory of the query in bytes, from servers that say it (25.11).
  package let memoryUsage: Int?

  /// Reads the header's JSON, whose values are numbers in quotes; nil if it is something else.
  package init?(header: String) {
    guard
      let fields = try? JSONDecoder().decode([String: String].self, from: Data(header.utf8))
    else { return nil }
    func number(_ name: String) -> Int? { fields[name].flatMap { Int($0) } }
    readRows = number("read_rows")
    readBytes = number("read_bytes")
    writtenRows = number("written_rows")
    writtenBytes = number("written_bytes")
    resultRows = number("result_rows")
    resultBytes = number("result_bytes")
    elapsedNanoseconds = number("elapsed_ns")
    memoryUsage = number("memory_usage")
  }
}
