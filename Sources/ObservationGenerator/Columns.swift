// Columns of the table, in table order. A row is a full replacement: values that a version does not
// know yet (end, usage, rest of the output) are absent, all others are repeated.

import NativeFormat

struct Columns {
  let rows: UnsafePointer<Row>
  let vocabularies: ColumnVocabularies
  let rowSource: RowSource

  init(rows: UnsafeMutablePointer<Row>, vocabularies: ColumnVocabularies, rowSource: RowSource) {
    self.rows = UnsafePointer(rows)
    self.vocabularies = vocabularies
    self.rowSource = rowSource
  }

  @inline(__always)
  private func endTime(_ row: Int) -> Int64? {
    let hasEnd = rows[row].isFinal && !vocabularies.isPoint[Int(rows[row].type)]
    return hasEnd ? rows[row].start &+ rows[row].duration : nil
  }

  /// `id` to `version`.
  func identity(_ block: inout NativeBlock) {
    block.texts("id") { row, out in
      let key = rows[row].key
      appendUUID(key, draw(key, Stream.identity), to: &out)
    }
    block.texts("trace_id") { row, out in
      let key = rows[row].traceKey
      appendHex(key, draw(key, Stream.identity), to: &out)
    }
    block.texts("project_id") { row, out in
      vocabularies.projects.append(Int(rows[row].project), to: &out)
    }
    block.words("environment", vocabularies.environments) { row in
      vocabularies.environment.choose(draw(rows[row].traceKey, Stream.labels))
    }
    block.words("type", vocabularies.types) { row in Int(rows[row].type) }
    block.nullableTexts("parent_observation_id") { row, out in
      let place = rows[row].observation &- rows[row].traceStart
      if place == 0 { return false }
      let parent = rows[row].traceStart &+ below(place, draw(rows[row].key, Stream.parent))
      let key = rowSource.rows.key(of: parent)
      appendUUID(key, draw(key, Stream.identity), to: &out)
      return true
    }
    block.fixed("start_time", .milliseconds) { row in rows[row].start }
    block.nullableFixed("end_time", .milliseconds) { row in endTime(row) }
    block.texts("name") { row, out in
      vocabularies.names.append(Int(truncatingIfNeeded: rows[row].labels & 15), to: &out)
    }
    metadata(&block)
    block.words("level", vocabularies.levels) { row in vocabularies.level.choose(rows[row].labels) }
    block.nullableTexts("status_message") { row, out in
      guard let message = vocabularies.messages[vocabularies.level.choose(rows[row].labels)] else {
        return false
      }
      vocabularies.statusMessages.append(
        message &+ Int(truncatingIfNeeded: (rows[row].labels >> 4) & 1), to: &out)
      return true
    }
    block.nullableTexts("version") { row, out in
      let bits = Int(truncatingIfNeeded: (rows[row].labels >> 5) & 7)
      if bits > 3 { return false }
      vocabularies.releases.append(bits, to: &out)
      return true
    }
  }

  // About one entry per 64 bytes of values, at most six, of equal size.
  @inline(__always)
  private func entries(_ row: Int) -> Int {
    let size = rows[row].metadata
    return size == 0 ? 0 : min(6, 1 &+ size >> 6)
  }

  private func metadata(_ block: inout NativeBlock) {
    let prose = Prose.shared
    block.wordMaps(
      "metadata", vocabularies.metadataKeys, count: entries,
      key: { row, entry in
        Int(truncatingIfNeeded: (rows[row].labels >> 8 &+ UInt64(entry)) & 7)
      },
      value: { row, entry, out in
        let count = entries(row)
        let share = rows[row].metadata / count
        let size = entry == 0 ? rows[row].metadata &- share &* (count &- 1) : share
        let key = draw(rows[row].key, Stream.metadata &+ UInt64(entry))
        out.append(textOf: size) { place in prose.prose(place, size, key: key) }
      })
  }

  /// `input` to `model_parameters`.
  func content(_ block: inout NativeBlock) {
    let prose = Prose.shared
    let (input, output) = (vocabularies.inputCompressibility, vocabularies.outputCompressibility)
    block.nullableTexts("input") { row, out in
      let size = rows[row].input
      if size == 0 { return false }
      let key = draw(rows[row].key, Stream.inputText)
      let prefix = prefix(row)
      out.append(textOf: size) {
        prose.chat($0, size, of: size, key: key, compressibility: input, prefix: prefix)
      }
      return true
    }
    block.nullableTexts("output") { row, out in
      let size = rows[row].outputShown
      if size == 0 { return false }
      let key = draw(rows[row].key, Stream.outputText)
      let total = rows[row].output
      out.append(textOf: size) {
        prose.chat($0, size, of: total, key: key, compressibility: output)
      }
      return true
    }
    modelTexts("provided_model_name", vocabularies.models, &block)
    modelTexts("internal_model_id", vocabularies.modelIDs, &block)
    block.nullableTexts("model_parameters") { row, out in
      if !rows[row].isModelCall { return false }
      vocabularies.parameters.append(
        Int(truncatingIfNeeded: (rows[row].labels >> 11) & 3), to: &out)
      return true
    }
  }

  @inline(__always)
  private func prefix(_ row: Int) -> Prose.Prefix? {
    guard let shared = vocabularies.sharedPrefix else { return nil }
    let kind = below(shared.kinds, draw(rows[row].key, Stream.prefixKind))
    return Prose.Prefix(bytes: shared.bytes, key: draw(UInt64(kind), Stream.prefixText))
  }

  private func modelTexts(_ name: String, _ texts: Texts, _ block: inout NativeBlock) {
    block.nullableTexts(name) { row, out in
      if !rows[row].isModelCall { return false }
      texts.append(vocabularies.model.choose(rows[row].usage), to: &out)
      return true
    }
  }
}
