// Metadata of a successful query: id, sizes, timings, summary.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import HTTPTransport

package typealias Timings = HTTPTransport.Timings

package struct Outcome: Sendable {
  package let queryID: String
  /// Length of the result in bytes, as transferred.
  package let receivedBytes: Int
  /// Bytes sent: the text of a query, or the data of an insert.
  package let sentBytes: Int
  /// Measured by the client.
  package let timings: Timings
  /// The server's progress summary, if sent. Parsed on demand, because parsing takes longer than
  /// the other client-side steps of a trivial query.
  package var summary: Summary? { summaryHeader.flatMap { Summary(header: $0) } }
  let summaryHeader: String?
  /// Number of retries.
  package let repeats: Int
}

/// The server's `X-ClickHouse-Summary`. For a streamed result it covers the work until the headers
/// were sent, unless `wait_end_of_query=1` is set. `system.query_log` has the final figures.
package struct Summary: Sendable, Equatable {
  package let readRows: Int?
  /// Uncompressed.
  package let readBytes: Int?
  /// Includes rows written by materialized views.
  package let writtenRows: Int?
  /// Uncompressed.
  package let writtenBytes: Int?
  package let resultRows: Int?
  /// In memory.
  package let resultBytes: Int?
  package let elapsedNanoseconds: Int?
  /// Peak memory in bytes; only from servers from 25.11.
  package let memoryUsage: Int?

  /// Parses the header's JSON, whose values are quoted numbers; nil if invalid.
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
