// One second of a load test: a row of seconds.csv.

import CSVRecords

/// A sample about once a second.
package struct SecondSample: Equatable, Recorded {
  /// As in phases.csv.
  package var phase = 0
  /// In milliseconds since the start of the phase.
  package var elapsedMs = 0.0
  package var inFlight = 0
  /// Requests that are due and wait for a connection.
  package var waiting = 0
  /// Since the start of the phase.
  package var succeeded = 0
  package var failed = 0
  /// Rows of acknowledged batches since the start of the phase.
  package var acknowledgedRows = 0
  /// CPU time of this process since the start of the phase, in milliseconds.
  package var driverCPUMs: Double?
  package var tableParts: Int?
  /// Nil without a view.
  package var viewParts: Int?
  package var runningMerges: Int?
  /// Bytes on disk that merges read.
  package var mergingBytes: Int?
  /// `MemoryTracking`, in bytes.
  package var serverTrackedBytes: Int?
  /// In bytes: from the kernel on this machine, otherwise reported by the server.
  package var serverResidentBytes: Int?

  package init() {}
}

extension SecondSample: Filed {
  package static let fileName = "seconds.csv"

  package static let columns: [CSVColumn<SecondSample>] = [
    CSVColumn("phase", \.phase),
    CSVColumn("elapsed_ms", \.elapsedMs),
    CSVColumn("in_flight", \.inFlight),
    CSVColumn("waiting", \.waiting),
    CSVColumn("succeeded", \.succeeded),
    CSVColumn("failed", \.failed),
    CSVColumn("acknowledged_rows", \.acknowledgedRows),
    CSVColumn("driver_cpu_ms", \.driverCPUMs),
    CSVColumn("table_parts", \.tableParts),
    CSVColumn("view_parts", \.viewParts),
    CSVColumn("running_merges", \.runningMerges),
    CSVColumn("merging_bytes", \.mergingBytes),
    CSVColumn("server_tracked_bytes", \.serverTrackedBytes),
    CSVColumn("server_resident_bytes", \.serverResidentBytes),
  ]
}

extension Records {
  package var seconds: [SecondSample] { self[SecondSample.self] }
}
