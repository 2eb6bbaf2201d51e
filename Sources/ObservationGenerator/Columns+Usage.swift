// Columns of usage, cost, history, prompts and tools. A token is four bytes of text; prices are per
// token in 10^-12 US dollars, the scale of the cost columns.

import NativeFormat

extension Columns {
  // Usage is known after the call: in the last version.
  @inline(__always)
  private func isCounted(_ row: Int) -> Bool { rows[row].isModelCall && rows[row].isFinal }

  /// Tokens of input, output, or both, by position in `usageKeys`.
  @inline(__always)
  private func tokens(_ row: Int, _ entry: Int) -> Int {
    let bits = Int(truncatingIfNeeded: rows[row].usage & 0x3f)
    let input = rows[row].input >> 2 &+ 8 &+ bits
    let output = rows[row].output >> 2 &+ 1 &+ bits >> 2
    return entry == 0 ? input : entry == 1 ? output : input &+ output
  }

  private static let dollars = FixedType.decimal64(scale: 12)

  /// In 10^-12 US dollars; an output token costs four times an input token.
  @inline(__always)
  private func cost(_ row: Int, _ entry: Int) -> Int64 {
    let price = 2_500_000 >> (vocabularies.model.choose(rows[row].usage) & 7)
    let input = tokens(row, 0) &* price
    let output = tokens(row, 1) &* price &* 4
    return Int64(entry == 0 ? input : entry == 1 ? output : input &+ output)
  }

  /// `provided_usage_details` to `total_cost`.
  func usage(_ block: inout NativeBlock) {
    let keys = vocabularies.usageKeys
    let counted = { (row: Int) in isCounted(row) ? 3 : 0 }
    // One call in eight reports its cost.
    let provided = { (row: Int) in isCounted(row) && rows[row].usage & 0x1c0 == 0 ? 3 : 0 }
    let used = { (row: Int, entry: Int) in UInt64(truncatingIfNeeded: tokens(row, entry)) }
    block.wordMaps(
      "provided_usage_details", keys, .uint64, count: counted, key: { $1 }, value: used)
    block.wordMaps("usage_details", keys, .uint64, count: counted, key: { $1 }, value: used)
    block.wordMaps(
      "provided_cost_details", keys, Self.dollars, count: provided, key: { $1 }, value: cost)
    block.wordMaps("cost_details", keys, Self.dollars, count: counted, key: { $1 }, value: cost)
    block.nullableFixed("total_cost", Self.dollars) { row in
      isCounted(row) ? cost(row, 2) : nil
    }
  }

  // Two calls in eight use a managed prompt.
  @inline(__always)
  private func prompt(_ row: Int) -> Int? {
    let bits = Int(truncatingIfNeeded: rows[row].labels >> 13)
    return rows[row].isModelCall && bits & 7 < 2 ? (bits >> 3) & 3 : nil
  }

  /// `completion_start_time` to `usage_pricing_tier_name`.
  func history(_ block: inout NativeBlock) {
    block.nullableFixed("completion_start_time", .milliseconds) { row in
      isCounted(row) ? rows[row].start &+ rows[row].duration / 4 : nil
    }
    promptTexts("prompt_id", vocabularies.promptIDs, &block)
    promptTexts("prompt_name", vocabularies.promptNames, &block)
    block.nullableFixed("prompt_version", .uint16) { row in
      prompt(row).map { UInt16(truncatingIfNeeded: 1 &+ $0 &+ Int(rows[row].labels >> 18) & 15) }
    }
    block.fixed("created_at", .milliseconds) { row in rows[row].created }
    block.fixed("updated_at", .milliseconds) { row in rows[row].updated }
    block.fixed("event_ts", .milliseconds) { row in rows[row].event }
    block.fixed("is_deleted", .uint8) { row in rows[row].isDeleted ? 1 : 0 }
    tierTexts("usage_pricing_tier_id", vocabularies.tierIDs, &block)
    tierTexts("usage_pricing_tier_name", vocabularies.tierNames, &block)
  }

  private func promptTexts(_ name: String, _ texts: Texts, _ block: inout NativeBlock) {
    block.nullableTexts(name) { row, out in
      guard let number = prompt(row) else { return false }
      texts.append(number, to: &out)
      return true
    }
  }

  private func tierTexts(_ name: String, _ texts: Texts, _ block: inout NativeBlock) {
    block.nullableTexts(name) { row, out in
      if !isCounted(row) { return false }
      texts.append(tokens(row, 0) > 16_384 ? 1 : 0, to: &out)
      return true
    }
  }

  // One model call in eight may use tools, two or three of them; half of those did.
  @inline(__always)
  private func toolsOffered(_ row: Int) -> Int {
    let bits = Int(truncatingIfNeeded: rows[row].labels >> 22)
    return rows[row].isModelCall && bits & 7 == 0 ? 2 &+ (bits >> 3) & 1 : 0
  }

  @inline(__always)
  private func toolsCalled(_ row: Int) -> Int {
    let offered = toolsOffered(row)
    let isCalled = rows[row].isFinal && (rows[row].labels >> 26) & 1 == 0
    return offered > 0 && isCalled ? offered &- 1 : 0
  }

  @inline(__always)
  private func tool(_ row: Int, _ entry: Int) -> Int {
    (Int(truncatingIfNeeded: rows[row].labels >> 27) &+ entry) & 3
  }

  /// `tool_definitions` to `tool_call_names`.
  func tools(_ block: inout NativeBlock) {
    block.textMaps(
      "tool_definitions", count: toolsOffered,
      key: { row, entry, out in vocabularies.tools.append(tool(row, entry), to: &out) },
      value: { row, entry, out in vocabularies.toolDefinitions.append(tool(row, entry), to: &out) })
    block.arrays("tool_calls", count: toolsCalled) { row, entry, out in
      vocabularies.toolCalls.append(tool(row, entry), to: &out)
    }
    block.arrays("tool_call_names", count: toolsCalled) { row, entry, out in
      vocabularies.tools.append(tool(row, entry), to: &out)
    }
  }
}
