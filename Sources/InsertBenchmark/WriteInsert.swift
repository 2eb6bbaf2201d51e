// One measured insert, or several at once, and what the server's logs say of it afterwards. The one
// place where an insert is measured.

import RunSession
import BenchmarkSpec
import ClickHouseClient
import Foundation
import ObservationGenerator
import Probes
import RunStore
import Units
import Workspace

/// The rows of one insert, made before the clock runs: what is measured is the server, and not the
/// generator beside it.
///
/// Unchecked, because it is handed back and forth and never shared: a worker fills and rewinds it,
/// the connection's thread reads it until the insert has ended.
package final class WriteBatch: @unchecked Sendable {
  private let encoder: BlockEncoder
  // One array for each block: a single one would be copied as it grows.
  private var blocks: [[UInt8]] = []
  private var block = 0
  private var offset = 0
  private(set) var rows = 0

  package init(of dataset: Dataset) { encoder = BlockEncoder(dataset) }

  /// Replaces what is in it by these rows, in this order.
  package func make(_ ids: [RowID]) {
    blocks.removeAll(keepingCapacity: true)
    rows = ids.count
    var rest = ids[...]
    while !rest.isEmpty { blocks.append(Array(encoder.encode(&rest))) }
    rewind()
  }

  /// Begins again, for another table.
  func rewind() { (block, offset) = (0, 0) }

  /// Fills the buffer with the next bytes; returns how many, 0 at the end.
  package func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    if block < blocks.count, offset == blocks[block].count { (block, offset) = (block + 1, 0) }
    guard block < blocks.count else { return 0 }
    let count = min(buffer.count, blocks[block].count - offset)
    blocks[block].withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)]))
    }
    offset += count
    return count
  }
}

/// Makes measured inserts into one workspace.
struct WriteInserter {
  package let workspace: Workspace
  package var mode = InsertMode.sync
  package var settings: [String: String] = [:]
  /// The server of a cluster that takes them; the workspace's where none is named.
  package var client: Client?

  /// The same with settings of one insert, through another server of a cluster.
  package func with(
    _ settings: [String: String] = [:], through client: Client
  ) -> WriteInserter {
    var other = self
    other.settings.merge(settings) { $1 }
    other.client = client
    return other
  }

  /// Inserts what the sources give, at once, into the sample's target, and writes down what came of
  /// it. What fails is in the sample; what is thrown ends the run.
  package func insert(_ sources: [BodySource], _ sample: inout InsertSample) async throws {
    let queries = sources.map { _ in query(into: sample.target) }
    sample.queryID = queries.compactMap(\.queryID).joined(separator: " ")
    sample.mode = mode
    sample.startedAt = timestamp()
    let results = await withTaskGroup { [client = client ?? workspace.client] group in
      for (query, source) in zip(queries, sources) {
        group.addTask {
          do {
            return Result<ClickHouseClient.Outcome, any Error>.success(
              try await client.insert(query, from: source))
          } catch { return .failure(error) }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let outcomes = results.compactMap { try? $0.get() }
    for case .failure(let error) in results {
      try sample.fail(with: error)
    }
    guard sample.status == .ok else { return }
    let waits = outcomes.map(\.timings.total_ms)
    sample.clientWallMs = waits.reduce(0, +) / Double(waits.count)
    sample.sentBytes = outcomes.map(\.sentBytes).reduce(0, +)
  }

  private func query(into target: InsertTarget) -> Query {
    var query = insertQuery(into: target.table, in: workspace, mode: mode)
    query.queryID = Query.newID()
    query.settings.merge(settings) { _, own in own }
    return query
  }
}

/// Reads the server's logs of inserts that have ended.
struct WriteAccount {
  private let queryLog: QueryLog
  private let writeLogs: WriteLogs

  /// Queries that one question to a log names: they travel in its URL.
  private static let queriesMax = 200

  init(_ workspace: Workspace) {
    queryLog = QueryLog(workspace.client, version: workspace.version)
    writeLogs = WriteLogs(workspace.client, version: workspace.version)
  }

  /// Writes down what the logs say. What they do not say stays nil.
  package func complete(_ samples: inout [InsertSample]) async throws {
    var start = 0
    while start < samples.count {
      var end = start
      var queries = 0
      while end < samples.count, end == start || queries < Self.queriesMax {
        queries += samples[end].queryIDs.count
        end += 1
      }
      var some = Array(samples[start..<end])
      try await read(&some)
      samples.replaceSubrange(start..<end, with: some)
      start = end
    }
  }

  private func read(_ samples: inout [InsertSample]) async throws {
    let done = samples.filter { $0.status == .ok }
    let asynchronous = done.filter { $0.mode == .async }.flatMap(\.queryIDs)
    let known = try await writeLogs.writers(of: asynchronous)
    func writers(_ sample: InsertSample) -> Set<String> {
      Set(sample.mode == .async ? sample.queryIDs.compactMap { known[$0] } : sample.queryIDs)
    }
    let writing = Array(Set(done.flatMap(writers)))
    let viewed = Array(Set(done.filter { $0.target == .withView }.flatMap(writers)))
    let all = Array(Set(writing + asynchronous))
    // What a flush did for the inserts of several samples is nobody's alone.
    let shared = Dictionary(grouping: done.flatMap(writers), by: \.self).filter { $1.count > 1 }
    let entries = Dictionary(
      (try await queryLog.entries(of: all) ?? []).map { ($0.queryID, $0) },
      uniquingKeysWith: { first, _ in first })
    let parts = Dictionary(
      grouping: try await writeLogs.parts(of: writing) ?? [], by: \.queryID)
    let views = Dictionary(grouping: try await writeLogs.views(of: viewed) ?? [], by: \.queryID)
    for index in samples.indices where samples[index].status == .ok {
      let ids = samples[index].queryIDs
      let flushes = writers(samples[index]).subtracting(ids).sorted()
      samples[index].flushQueryID = flushes.isEmpty ? nil : flushes.joined(separator: " ")
      let writers = writers(samples[index]).sorted()
      guard samples[index].mode == .sync || ids.allSatisfy({ known[$0] != nil }),
        !writers.contains(where: { shared[$0] != nil })
      else { continue }
      record(writers, all: Set(writers + ids), entries, in: &samples[index])
      record(parts: writers.map { parts[$0] ?? [] }, in: &samples[index])
      if samples[index].target == .withView {
        samples[index].viewInputRows = total(writers.map { views[$0]?.map(\.rows) })
        // The server takes this time from its wall clock. When that is set meanwhile, the time is
        // none; stages that run side by side may add up to some more than the query's.
        let most = samples[index].serverQueryMs.map { 5 + 8 * $0 } ?? .infinity
        samples[index].viewMs = total(writers.map { views[$0]?.map(\.durationMs) })
          .flatMap { $0 <= most ? $0 : nil }
      }
    }
  }

  private func record(
    _ writers: [String], all: Set<String>, _ entries: [String: QueryLogEntry],
    in sample: inout InsertSample
  ) {
    sample.serverQueryMs = total(writers.map { entries[$0].map { [$0.durationMs] } })
    sample.serverCPUMs = total(all.map { entries[$0]?.cpuMs.map { [$0] } })
    let peaks = all.map { entries[$0]?.memoryPeakBytes }
    sample.memoryPeakBytes = peaks.contains(nil) ? nil : peaks.compactMap(\.self).max()
  }

  private func record(parts: [[WrittenParts]], in sample: inout InsertSample) {
    guard !parts.contains(where: \.isEmpty) else { return }
    let own = parts.joined().filter { !$0.isInner }
    sample.tableWrittenRows = own.map(\.rows).reduce(0, +)
    sample.tableWrittenBytes = own.map(\.bytes).reduce(0, +)
    let inner = parts.joined().filter(\.isInner)
    if !inner.isEmpty {
      sample.viewWrittenRows = inner.map(\.rows).reduce(0, +)
      sample.viewWrittenBytes = inner.map(\.bytes).reduce(0, +)
    }
  }
}

extension InsertTarget {
  /// The table that inserts go to.
  package var table: String { self == .plain ? Workspace.plainTable : Workspace.table }
}

extension InsertSample {
  /// The table that it goes to.
  package var table: String { target.table }

  /// The ids of its queries.
  package var queryIDs: [String] { queryID.split(separator: " ").map(String.init) }
}

/// The sum; nil if one of its parts is not known.
private func total<Number: AdditiveArithmetic>(_ values: [[Number]?]) -> Number? {
  total(values.map { $0?.reduce(.zero, +) })
}
