// A second of a load: how server and schedule stood, as a row of seconds.csv.

import CSVRecords

/// One look, about once a second.
package struct SecondSample: Equatable, Recorded {
  /// The phase of the run, as in phases.csv.
  package var phase = 0
  /// Since the phase began, in milliseconds.
  package var elapsedMs = 0.0
  /// Requests under way.
  package var inFlight = 0
  /// Requests that should have begun and wait for a connection.
  package var waiting = 0
  /// Requests that ended well since the phase began.
  package var succeeded = 0
  /// Requests that did not.
  package var failed = 0
  /// Rows of acknowledged batches since the phase began.
  package var acknowledgedRows = 0
  /// CPU time of this process since the phase began, in milliseconds.
  package var driverCPUMs: Double?
  /// Active parts of the table.
  package var tableParts: Int?
  /// Active parts of the view; nil without one.
  package var viewParts: Int?
  /// Merges that run.
  package var runningMerges: Int?
  /// Bytes on disk that they read.
  package var mergingBytes: Int?
  /// The server's memory tracker (`MemoryTracking`), in bytes.
  package var serverTrackedBytes: Int?
  /// The server's resident memory, in bytes: by the kernel on this machine, else as it says itself.
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
