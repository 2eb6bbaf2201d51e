// Checks the numbers of a manifest.

import CSVRecords

extension Manifest {
  /// Checks the schema version and the ranges of all numbers.
  ///
  /// - Parameter file: for error messages.
  /// - Throws: ``RecordError`` that names the key.
  package func check(_ file: String) throws(RecordError) {
    guard (1...Manifest.currentSchemaVersion).contains(schemaVersion) else {
      throw RecordError(
        "\(file) has schema version \(schemaVersion), and this version supports "
          + (schemaVersion < 1
            ? "versions from 1; the file is damaged: restore it from a copy"
            : "\(Manifest.currentSchemaVersion); use the exportbench version that wrote it, or a "
              + "later one")
      )
    }
    let numbers: [(String, Double?)] = [
      ("dataset.rows", Double(dataset.rows)), ("dataset.unique", Double(dataset.unique)),
      ("dataset.duplicates", Double(dataset.duplicates)),
      ("dataset.span_ms", dataset.spanMs.map(Double.init)),
      ("machine.cores", Double(machine.cores)),
      ("machine.memory_bytes", Double(machine.memoryBytes)),
      ("cluster.shards", cluster.map { Double($0.shards) }),
      ("harness.cpu_ms", harness?.cpuMs), ("harness.wall_ms", harness?.wallMs),
      ("harness.rss_peak_bytes", harness?.rssPeakBytes.map(Double.init)),
      ("guards.server_memory_max_bytes", guards?.serverMemoryMaxBytes.map(Double.init)),
      ("guards.priority", guards?.priority.map(Double.init)),
      ("guards.threads_max", guards?.threadsMax.map(Double.init)),
    ]
    let counts = (records ?? [:]).map { ("records.\($0)", Double?(Double($1))) }
    for case (let key, let number?) in numbers + counts.sorted(by: { $0.0 < $1.0 })
    where !(0...CSVColumn<Manifest>.numberMax).contains(number) {
      throw RecordError(
        "\(file): the value of '\(key)' is out of range; restore the file from a copy")
    }
  }
}

extension Manifest {
  /// Adds new sentences; a resumed run already has those of its start.
  package mutating func add(_ sentences: [String]) {
    for sentence in sentences where !notes.contains(sentence) { notes.append(sentence) }
  }
}
