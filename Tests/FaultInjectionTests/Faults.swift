// What all tests of rough weather share: one seed, how long they go on, and a name for each trial
// that is told when it fails, hangs or takes the process with it.

import Foundation
import Statistics
import Synchronization
import Testing

/// Everything that is done to the program on purpose. One after another, for it is done to real
/// servers and the machine is small.
@Suite(.serialized) struct FaultInjectionTests {}

/// The weather of this run of the tests.
enum Faults {
  /// Where every random choice comes from: `EXPORTBENCH_FAULT_SEED`, or 1.
  static let seed = UInt64(variable("EXPORTBENCH_FAULT_SEED") ?? 1)
  /// How many times longer than in CI: `EXPORTBENCH_FAULT_TIMES`, or 1.
  static let times = max(1, variable("EXPORTBENCH_FAULT_TIMES") ?? 1)

  private static func variable(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  /// The draws of a trial, which depend on the seed, on what is tried, and on its number.
  static func draws(_ what: String, _ number: Int) -> SplitMix64 {
    // Fowler, Noll, Vo: FNV-1a.
    let key = "\(what) \(number)".utf8.reduce(UInt64(14_695_981_039_346_656_037)) { hash, byte in
      (hash ^ UInt64(byte)) &* 1_099_511_628_211
    }
    return SplitMix64(seed: seed &* 0x9e37_79b9_7f4a_7c15 ^ key)
  }

  /// How to have a trial again.
  static func name(_ what: String, _ number: Int) -> String {
    "\(what), trial \(number) of seed \(seed); again with: "
      + "EXPORTBENCH_FAULT_SEED=\(seed) EXPORTBENCH_FAULT_TIMES=\(times)"
  }

  /// Makes trials, one after another; what one throws is told with its name.
  static func trials(
    _ what: String, _ count: Int, _ body: (inout SplitMix64, Comment) async throws -> Void
  ) async {
    for number in 1...(count * times) {
      var draws = draws(what, number)
      let name = Comment(rawValue: name(what, number))
      do { try await body(&draws, name) } catch { Issue.record("\(error): \(name)") }
    }
  }

  /// Makes trials that may end or hang the process, and does not wait for anything else meanwhile.
  static func ordeals(
    _ what: String, _ count: Int, _ body: (inout SplitMix64, Comment) throws -> Void
  ) {
    for number in 1...(count * times) {
      var draws = draws(what, number)
      let name = name(what, number)
      LastWords.during(name) {
        do { try body(&draws, Comment(rawValue: name)) } catch {
          Issue.record("\(error): \(name)")
        }
      }
    }
  }
}

/// The name of what a thread does, told if that ends the process or does not end.
private enum LastWords {
  /// How long one mutated input may take, on a machine that does something else as well.
  private static let timeout: Duration = .seconds(120)

  private static let running = Mutex<[UInt: (began: ContinuousClock.Instant, name: String)]>([:])

  static func during(_ name: String, _ body: () -> Void) {
    _ = isReady
    let thread = UInt(pthread_self())
    let words = strdup("weather: this ended the process: \(name)\n")
    pthread_setspecific(key, words)
    running.withLock { $0[thread] = (.now, name) }
    body()
    running.withLock { $0[thread] = nil }
    pthread_setspecific(key, nil)
    free(words)
  }

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  private static let isReady: Bool = {
    _ = key
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
      signal(number) { number in
        if let words = pthread_getspecific(key) {
          let text = words.assumingMemoryBound(to: CChar.self)
          _ = write(2, text, strlen(text))
        }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    Thread.detachNewThread {
      while true {
        sleep(1)
        running.withLock { running in
          for (_, trial) in running where ContinuousClock.now - trial.began > timeout {
            fatalError("weather: not within \(timeout): \(trial.name)")
          }
        }
      }
    }
    return true
  }()
}

extension SplitMix64 {
  mutating func one<Element>(of elements: [Element]) -> Element {
    guard let element = elements.randomElement(using: &self) else {
      preconditionFailure("nothing to choose from")
    }
    return element
  }

  /// A number up to a largest one, each size of which is equally likely: 1 as often as thousands.
  mutating func size(upTo largest: Int) -> Int {
    let bits = Int.random(in: 0...Int.bitWidth - largest.leadingZeroBitCount, using: &self)
    return Int.random(in: 1...max(1, min(largest, 1 << bits)), using: &self)
  }
}

/// Whether an error is told as users should read it: one sentence, of a bearable length.
func expectSentence(_ error: any Error, _ name: Comment) {
  let text = "\(error)"
  #expect(!text.isEmpty && !text.contains { $0.isNewline }, "\(text.prefix(400)): \(name)")
  #expect(text.utf8.count < 2_000, "\(text.prefix(400)): \(name)")
}
