// The driver's own memory during one attempt, so that nobody has to trust that it streams.

import Allocator

/// Watches this process's memory around one attempt.
package enum DriverMemory {
  /// What was seen; a figure that could not be had is nil.
  package struct Reading: Sendable, Equatable {
    /// jemalloc's allocated bytes just before.
    package var allocatedBefore: Int?
    /// The highest of the samples of jemalloc's allocated bytes, every 5 ms.
    package var allocatedPeak: Int?
    /// The highest of the samples of jemalloc's resident bytes, every 5 ms.
    package var residentPeak: Int?
    /// The most of this process that was resident, by the kernel, which misses nothing.
    package var rssPeak: Int?
    /// CPU time of this process, in milliseconds.
    package var cpuMs: Double
  }

  /// How often the allocator is read during an attempt; one reading costs some 10 µs.
  package static let interval: Duration = .milliseconds(5)

  /// Runs `work` with this process's memory watched.
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
