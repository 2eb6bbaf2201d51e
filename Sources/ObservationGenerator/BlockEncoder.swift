// Encodes rows into Native blocks. Values shared by several columns of a row are computed first,
// into a reused table.

import NativeFormat

/// The steady state allocates nothing per row. Used by one thread at a time; the output does not
/// depend on earlier calls.
package final class BlockEncoder {
  package static let rowsMax = 8_192
  /// A block ends once its large columns have this many bytes.
  package static let payloadBytesMax = 4 << 20

  /// In the order of `INSERT INTO observations (…)`: all except aliases.
  package static let columns = [
    "id", "trace_id", "project_id", "environment", "type", "parent_observation_id", "start_time",
    "end_time", "name", "metadata", "level", "status_message", "version", "input", "output",
    "provided_model_name", "internal_model_id", "model_parameters", "provided_usage_details",
    "usage_details", "provided_cost_details", "cost_details", "total_cost",
    "completion_start_time", "prompt_id", "prompt_name", "prompt_version", "created_at",
    "updated_at", "event_ts", "is_deleted", "usage_pricing_tier_id", "usage_pricing_tier_name",
    "tool_definitions", "tool_calls", "tool_call_names",
  ]

  private let source: RowSource
  private let table: UnsafeMutablePointer<Row>
  private var block = NativeBlock(capacity: payloadBytesMax + rowsMax * 1_024)

  package init(_ dataset: Dataset) {
    source = RowSource(dataset)
    table = .allocate(capacity: Self.rowsMax)
  }

  deinit { table.deallocate() }

  /// Encodes the first rows of `rows`, at least one, as one block and removes them.
  ///
  /// - Parameter rows: not empty; any rows of the dataset.
  /// - Returns: a complete Native block, valid until the next call.
  package func encode(_ rows: inout ArraySlice<RowID>) -> UnsafeRawBufferPointer {
    precondition(!rows.isEmpty, "a block has at least one row")
    var count = 0
    var payload = 0
    for row in rows {
      if count == Self.rowsMax || payload >= Self.payloadBytesMax { break }
      let described = source.row(row)
      payload &+= described.payload
      (table + count).initialize(to: described)
      count &+= 1
    }
    rows = rows.dropFirst(count)
    block.begin(columns: Self.columns.count, rows: count)
    let columns = Columns(rows: table, vocabularies: source.vocabularies, rowSource: source)
    columns.identity(&block)
    columns.content(&block)
    columns.usage(&block)
    columns.history(&block)
    columns.tools(&block)
    return block.bytes
  }
}

/// Computes where blocks end, for callers that distribute rows before they are encoded.
package struct BlockSizes: Sendable {
  private let source: RowSource

  package struct Fill: Sendable {
    package var rows = 0
    package var payload = 0

    package init() {}

    /// Whether ``BlockEncoder/encode(_:)`` would end the block here.
    package var isFull: Bool {
      rows == BlockEncoder.rowsMax || payload >= BlockEncoder.payloadBytesMax
    }
  }

  /// Expensive; reuse it for many rows.
  package init(_ dataset: Dataset) { source = RowSource(dataset) }

  /// Adds rows to a block until it is full or none remain; returns their number.
  package func put(_ rows: ArraySlice<RowID>, into block: inout Fill) -> Int {
    let before = block.rows
    for row in rows {
      if block.isFull { break }
      block.payload &+= source.payload(of: row)
      block.rows &+= 1
    }
    return block.rows - before
  }
}

/// A row with the values that several columns share.
package struct Row {
  package var key: UInt64
  var traceKey: UInt64
  package var observation: Int
  var traceStart: Int
  package var start: Int64
  var created: Int64
  var updated: Int64
  package var event: Int64
  package var duration: Int64
  package var input: Int
  package var output: Int
  var outputShown: Int
  var metadata: Int
  package var labels: UInt64
  package var usage: UInt64
  package var type: UInt16
  package var project: Int32
  package var isFinal: Bool
  var isDeleted: Bool
  var isModelCall: Bool

  @inline(__always)
  package var payload: Int { input &+ outputShown &+ metadata }
}

struct RowSource: Sendable {
  let rows: Rows
  let vocabularies: ColumnVocabularies
  private let input: Quantiles
  private let output: Quantiles
  private let metadata: Quantiles
  private let partialOutput: Bool
  private let prefixBytes: Int

  init(_ dataset: Dataset) {
    rows = Rows(dataset)
    vocabularies = ColumnVocabularies(dataset)
    input = Quantiles(dataset.payload.input)
    output = Quantiles(dataset.payload.output)
    metadata = Quantiles(dataset.payload.metadata)
    partialOutput = dataset.payload.partialOutput
    prefixBytes = dataset.payload.sharedPrefix?.bytes ?? 0
  }

  /// Bytes of the row's large columns.
  @inline(__always)
  func payload(of id: RowID) -> Int {
    let key = rows.key(of: id.observation)
    let versions = partialOutput ? rows.versions(key, rows.shape(key)) : 1
    return inputSize(key) &+ outputShown(id, key, of: versions)
      &+ metadata.value(draw(key, Stream.metadataSize))
  }

  /// With the shared prefix; 0 for absent.
  @inline(__always)
  private func inputSize(_ key: UInt64) -> Int {
    let size = input.value(draw(key, Stream.inputSize))
    return size == 0 ? 0 : size &+ prefixBytes
  }

  /// The fraction of its output that a version has: all, or a fraction that grows by version.
  @inline(__always)
  private func outputShown(_ id: RowID, _ key: UInt64, of versions: Int) -> Int {
    let size = output.value(draw(key, Stream.outputSize))
    return !partialOutput || id.version == versions
      ? size : size * (id.version - 1) / max(1, versions - 1)
  }

  @inline(__always)
  func row(_ id: RowID) -> Row {
    precondition(id.observation < rows.count, "a row of another dataset")
    let key = rows.key(of: id.observation)
    let trace = rows.trace(of: id.observation)
    let traceKey = rows.key(ofTrace: trace)
    let shape = rows.shape(key)
    let versions = rows.versions(key, shape)
    precondition((1...versions).contains(id.version), "a version that the observation lacks")
    let start = rows.start(of: id.observation, key)
    let times = rows.times(id.version, key, shape, of: versions, from: start)
    let outputSize = output.value(draw(key, Stream.outputSize))
    let isFinal = id.version == versions
    var type = vocabularies.type.choose(draw(key, Stream.type))
    if case .retyped = shape, !isFinal { type = vocabularies.otherTypes[type] }
    // An observation ended in the second half of the time until its last arrival.
    let heard = times.last &- start
    let duration = heard / 2 &+ Int64(below(Int(heard / 2 &+ 1), draw(key, Stream.times)))
    return Row(
      key: key, traceKey: traceKey, observation: id.observation,
      traceStart: rows.first(ofTrace: trace),
      start: isFinal ? start : rows.earlierStart(start, shape), created: times.created,
      updated: times.updated, event: times.event, duration: duration,
      input: inputSize(key), output: outputSize,
      outputShown: outputShown(id, key, of: versions),
      metadata: metadata.value(draw(key, Stream.metadataSize)),
      labels: draw(key, Stream.labels), usage: draw(key, Stream.usage),
      type: UInt16(truncatingIfNeeded: type),
      project: Int32(truncatingIfNeeded: rows.project(ofTrace: traceKey)), isFinal: isFinal,
      isDeleted: rows.isDeleted(id.version, shape, of: versions),
      isModelCall: vocabularies.callsModel[type])
  }
}
