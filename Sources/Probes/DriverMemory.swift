// Memory and CPU time of the driver during one attempt.

import Allocator

package enum DriverMemory {
  /// A figure that is not available is nil.
  package struct Reading: Sendable, Equatable {
    /// jemalloc's allocated bytes at the start.
    package var allocatedBefore: Int?
    /// Maximum sample of jemalloc's allocated bytes, every 5 ms.
    package var allocatedPeak: Int?
    /// Maximum sample of jemalloc's resident bytes, every 5 ms.
    package var residentPeak: Int?
    /// The kernel's peak of resident memory, in bytes.
    package var rssPeak: Int?
    /// In milliseconds.
    package var cpuMs: Double
  }

  /// One sample costs about 10 µs.
  package static let interval: Duration = .milliseconds(5)

  package static func watch<Value: Sendable>(
    _ work: () async -> Value
  ) async -> (value: Value, reading: Reading) {
    let process = ProcessMemory()
    let mayReset = process.resetPeak()
    let before = Allocator.figures()
    let cpuBefore = ownCPUMs()
    let sampler = Task {
      var peak = (allocated: before?.allocated, resident: before?.resident)
      while let now = Allocator.figures() {
        peak.allocated = max(peak.allocated ?? 0, now.allocated)
        peak.resident = max(peak.resident ?? 0, now.resident)
        guard (try? await Task.sleep(for: Self.interval)) != nil else { break }
      }
      return peak
    }
    let value = await work()
    sampler.cancel()
    let highest = await sampler.value
    return (
      value,
      Reading(
        allocatedBefore: before?.allocated, allocatedPeak: highest.allocated,
        residentPeak: highest.resident, rssPeak: mayReset ? process.peakBytes : nil,
        cpuMs: ownCPUMs() - cpuBefore)
    )
  }
}
