// Measures one insert, or several concurrent ones, including the server's logs.

import RunSession
import BenchmarkSpec
import ClickHouseClient
import Foundation
import ObservationGenerator
import Probes
import RunStore
import Units
import Workspace

/// Rows of an insert, generated beforehand so that the generator is not measured.
///
/// Unchecked: never used concurrently. A worker fills and rewinds it; the connection's thread reads
/// it until the insert ends.
package final class WriteBatch: @unchecked Sendable {
  private let encoder: BlockEncoder
  // One array per block; a single one would be copied as it grows.
  private var blocks: [[UInt8]] = []
  private var block = 0
  private var offset = 0
  private(set) var rows = 0

  package init(of dataset: Dataset) { encoder = BlockEncoder(dataset) }

  package func make(_ ids: [RowID]) {
    blocks.removeAll(keepingCapacity: true)
    rows = ids.count
    var rest = ids[...]
    while !rest.isEmpty { blocks.append(Array(encoder.encode(&rest))) }
    rewind()
  }

  /// For another table.
  func rewind() { (block, offset) = (0, 0) }

  /// Returns the number of bytes; 0 at the end.
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

struct WriteInserter {
  let workspace: Workspace
  var mode = InsertMode.sync
  var settings: [String: String] = [:]
  /// Server of a cluster for the inserts; nil for the workspace's.
  var client: Client?

  /// With other settings or another server of a cluster.
  func with(
    _ settings: [String: String] = [:], through client: Client
  ) -> WriteInserter {
    var other = self
    other.settings.merge(settings) { $1 }
    other.client = client
    return other
  }

  /// Concurrent inserts into the sample's target. Failures are recorded in the sample; thrown
  /// errors end the run.
  func insert(_ sources: [BodySource], _ sample: inout InsertSample) async throws {
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

struct WriteAccount {
  private let queryLog: QueryLog
  private let writeLogs: WriteLogs

  /// Maximum query ids per log query, which are part of its URL.
  private static let queriesMax = 200

  init(_ workspace: Workspace) {
    queryLog = QueryLog(workspace.client, version: workspace.version)
    writeLogs = WriteLogs(workspace.client, version: workspace.version)
  }

  /// Fills in the samples; missing values stay nil.
  func complete(_ samples: inout [InsertSample]) async throws {
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
    // A flush for several samples belongs to none of them.
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
        // The server uses its wall clock: if it is changed meanwhile there is no time. Concurrent
        // stages may add up to more than the query's time.
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
  package var table: String { self == .plain ? Workspace.plainTable : Workspace.table }
}

extension InsertSample {
  package var table: String { target.table }

  package var queryIDs: [String] { queryID.split(separator: " ").map(String.init) }
}

/// Nil if a part is unknown.
private func total<Number: AdditiveArithmetic>(_ values: [[Number]?]) -> Number? {
  total(values.map { $0?.reduce(.zero, +) })
}
