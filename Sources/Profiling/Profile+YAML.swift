// Writes a profile as a dataset file, with comments on what was measured and how much was read.
// Contains only fixed words, known vocabularies and numbers; sizes, spans and counts have three
// significant digits.

import ObservationGenerator
import Units

extension Profile {
  /// A file that ``Dataset`` reads; its first lines are comments.
  ///
  /// - Parameter name: the dataset's name in reports.
  package func yaml(name: String) -> String {
    let keys =
      head(name) + span + versionLines + lagLines + labels + payloadLines
    return (comments + keys).joined(separator: "\n") + "\n"
  }

  private func head(_ name: String) -> [String] {
    let perTrace = traces.map {
      max(1, min(1_000, Int((Double(ids) / Double(max(1, $0))).rounded())))
    }
    return [
      "name: \(name)",
      "description: \(Count(rounded(ids))) observations over \(window.days) days, from a profile",
      "seed: 1", "observations: \(rounded(ids))",
    ] + (perTrace.map { ["observations_per_trace: \($0)"] } ?? [])
      + (projects.map { count in
        let first = count == 1 ? 1 : firstProjectShare
        return ["projects: {count: \(min(100_000, max(1, count))), first: \(fixed(first, 4))}"]
      } ?? [])
  }

  private var span: [String] {
    ["start: \(date(window.from))", "days: \(window.days)"]
  }

  private var versionLines: [String] {
    let total = versions.values.reduce(0, +)
    guard total > 0 else { return [] }
    // Integer millionths with a fixed sum; the most frequent absorbs the rounding error.
    var parts = versions.mapValues { Int((Double($0) / Double(total) * 1e6).rounded()) }
    parts = parts.filter { $0.value > 0 }
    if let largest = parts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key {
      parts[largest, default: 0] += 1_000_000 - parts.values.reduce(0, +)
    }
    let shares = parts.sorted { $0.key < $1.key }
      .map { "\($0.key): \(fixed(Double($0.value) / 1e6, 6))" }
    return ["versions: {\(shares.joined(separator: ", "))}"]
  }

  private var lagLines: [String] {
    var lines: [String] = []
    if let lag {
      let most = 40 * Int(dayMs)
      func span(_ value: Int) -> String { "\(min(most, max(1, rounded(value))))ms" }
      lines.append(
        "lag: {median: \(span(lag.median)), p99: \(span(max(lag.median, lag.p99))), "
          + "max: \(span(max(lag.p99, lag.max)))}")
    }
    lines.append("order: time")
    if let deleted { lines.append("deleted: \(fixed(deleted, 6))") }
    return lines
  }

  private var labels: [String] {
    var lines: [String] = []
    func known(_ key: String, _ words: Words?, _ vocabulary: [String]) {
      guard let words else { return }
      let sum = words.known.reduce(0, +)
      guard sum > 0 else { return }
      let shares = zip(vocabulary, words.known).filter { $0.1 > 0 }
        .map { "\($0.0): \(fixed(max(1e-6, Double($0.1) / Double(sum)), 6))" }
      lines.append("\(key): {\(shares.joined(separator: ", "))}")
    }
    func ranked(_ key: String, _ ranks: Ranks?, _ word: String) {
      guard let ranks, !ranks.counts.isEmpty else { return }
      let sum = ranks.counts.reduce(0, +)
      let shares = ranks.counts.enumerated().map { place, count in
        "\(word)-\(place + 1): \(fixed(max(1e-6, Double(count) / Double(max(1, sum))), 6))"
      }
      lines.append("\(key): {\(shares.joined(separator: ", "))}")
    }
    known("types", types, Dataset.knownTypes)
    ranked("environments", environments, "environment")
    known("levels", levels, Dataset.knownLevels)
    ranked("models", models, "model")
    return lines
  }

  private var payloadLines: [String] {
    guard !payload.isEmpty else { return [] }
    var lines = ["payload:"]
    let most = 64 << 20
    func size(_ value: Int) -> String { "\(min(most, max(1, rounded(value))))B" }
    for column in ["input", "output", "metadata"] {
      guard let tail = payload[column] else { continue }
      lines.append(
        "  \(column): {median: \(size(tail.median)), p99: \(size(max(tail.median, tail.p99))), "
          + "max: \(size(max(tail.p99, tail.max))), absent: \(fixed(tail.absent, 4))}")
    }
    if let partialOutput { lines.append("  partial_output: \(partialOutput)") }
    let possible = Dataset.Payload.compressions
    let ratios = compression.sorted { $0.key < $1.key }.map { column, ratio in
      let bounded = min(max(ratio, possible.lowerBound), possible.upperBound)
      return "\(column): \(significant(bounded))"
    }
    if !ratios.isEmpty { lines.append("  compression: {\(ratios.joined(separator: ", "))}") }
    return lines
  }

  // MARK: - What the file says of itself

  private var comments: [String] {
    var lines = [
      "Made by exportbench profile. Counts, shares and quantiles only: names are generated, and",
      "no value of any row is here. Sizes, spans and counts have three significant digits.",
      "",
      "Rows: \(Count(rounded(rows))) of \(window.days) days, with \(Count(rounded(ids))) ids; the "
        + "table has \(Count(rounded(tableRows))) rows.",
    ]
    for rows in excluded {
      lines.append(
        "Left out, far from the others: \(Count(rounded(rows.rows))) "
          + (rows.rows == 1 ? "row" : "rows") + " from \(moment(rows.firstMs).prefix(10)) to "
          + "\(moment(rows.lastMs).prefix(10)).")
    }
    if isWindowCut {
      lines.append("Only the newest days: the table is larger than the bound of rows.")
    }
    lines.append(
      sampled == 1
        ? "Versions, lags, labels: every id."
        : "Versions, lags, labels: one id in \(sampled), by hash.")
    if let payloadWindow, payloadIDs > 0 {
      lines.append(
        "Payload: \(Count(rounded(payloadIDs))) ids of \(payloadWindow.days) days"
          + (payloadSampled == 1 ? "." : ", one id in \(payloadSampled), by hash."))
    }
    lines.append(
      versions.keys.allSatisfy { $0 == 1 }
        ? "No duplicate is left in the table: merges drop them, so this says nothing of versions."
        : "Versions are a lower bound: those that merges have dropped cannot be seen.")
    if lag != nil {
      lines.append(
        "Lags are an upper bound for the same reason: a dropped version joins two of them.")
    }
    if hot > 0 {
      lines.append("\(Count(rounded(hot))) ids have more than 64 versions, and count as 64.")
    }
    if earlyLags > 0 {
      lines.append(
        "\(Count(rounded(earlyLags))) lags are below 1 ms (ties, late clocks), taken as 1 ms.")
    }
    lines += vocabularyComments
    for (column, ratio) in compressionOnDisk.sorted(by: { $0.key < $1.key }) {
      lines.append("Compressed \(significant(ratio)) to 1 on disk, versions and all: \(column).")
    }
    for (column, ratio) in compression.sorted(by: { $0.key < $1.key })
    where !Dataset.Payload.compressions.contains(ratio) {
      lines.append(
        "Its texts compress \(significant(ratio)) to 1, which generated ones cannot: \(column).")
    }
    if !missing.isEmpty {
      lines.append("Not measured, because columns are missing: \(missing.joined(separator: ", ")).")
    }
    lines.append(
      "Not measured: shapes of duplicates; days are taken as even, rows as in order of time.")
    return lines.map { $0.isEmpty ? "#" : "# \($0)" }
  }

  private var vocabularyComments: [String] {
    var lines: [String] = []
    for (name, words) in [("types", types), ("levels", levels)] {
      guard let words, words.others > 0 else { continue }
      let share = 1 - Double(words.known.reduce(0, +)) / Double(max(1, sampleIDs))
      lines.append(
        "Other \(name) than the known: \(words.others), \(percent(share)) of the ids, left out."
      )
    }
    for (name, ranks) in [("environments", environments), ("models", models)] {
      guard let ranks else { continue }
      let cut =
        ranks.words > ranks.counts.count ? ", of which the \(ranks.counts.count) largest" : ""
      lines.append("Different \(name): \(ranks.words)\(cut).")
    }
    return lines
  }

  private func date(_ ms: Int64) -> String {
    let month = Month(of: ms)
    let day = Int((Double(ms) / Double(dayMs)).rounded(.down)) - month.firstDay + 1
    return "\(min(2200, max(1970, month.year)))-\(zeroFilled(month.month, 2))-\(zeroFilled(day, 2))"
  }
}

/// Three significant digits, so that no exact size is disclosed.
private func rounded(_ value: Int) -> Int {
  var scale = 1
  while value / scale >= 1_000 { scale *= 10 }
  return (value + scale / 2) / scale * scale
}
