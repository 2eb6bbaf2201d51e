// What benchmarks of every kind state.

/// A benchmark of exports and inserts, or a load test.
package protocol AnyBenchmark: Sendable {
  var name: String { get }
  /// Determines the order of attempts or phases.
  var seed: UInt64 { get }
  /// The settings profile of exports.
  var profile: String? { get }
  /// Settings of every export, over those of the profile.
  var settings: [String: String] { get }
  /// What a reader must know before quoting a number.
  var note: String? { get }
  /// A sentence for each setting that counts memory in other steps than usual.
  var untrackedMemoryNotes: [String] { get }
}

extension Benchmark: AnyBenchmark {}
extension LoadBenchmark: AnyBenchmark {}
