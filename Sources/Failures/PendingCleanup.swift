// What this process has made and must remove before it ends, whatever ends it.

import Synchronization

/// An obligation: something is there that has to go before the process ends.
///
/// Whoever makes something registers it first, and fulfils the obligation on the way out. When a
/// signal has come, the command line waits for all of them within a bound, performs what was not
/// begun, and says what is left.
package final class PendingCleanup: Sendable {
  private struct State {
    var work: Task<Void, any Error>?
    var hasFailed = false
  }

  private static let all = Mutex<[ObjectIdentifier: PendingCleanup]>([:])
  private static let ours = Mutex<Set<String>>([])

  private let remark: String?
  private let server: String?
  private let action: (@Sendable () async throws -> Void)?
  private let state = Mutex(State())

  /// Registers something.
  ///
  /// - Parameters:
  ///   - remark: what is left where it cannot be removed, and the command that removes it; nil if
  ///     nobody has to know.
  ///   - server: the address of the server that holds it; nil for what is on this machine.
  ///   - action: removes it; nil if only ``discharge()`` says that it is gone.
  package init(
    _ remark: String? = nil, on server: String? = nil,
    action: (@Sendable () async throws -> Void)? = nil
  ) {
    (self.remark, self.server, self.action) = (remark, server, action)
    Self.all.withLock { $0[ObjectIdentifier(self)] = self }
  }

  /// It is gone, or may stay.
  package func discharge() { Self.all.withLock { $0[ObjectIdentifier(self)] = nil } }

  /// Removes it, also in a task that was cancelled; a second caller waits for the first.
  ///
  /// - Throws: what the action threw; then it is left behind.
  package func perform() async throws {
    let work = state.withLock { state in
      if let work = state.work { return work }
      // Arithmetic that does not end may keep the threads of other priorities busy.
      let work = Task(priority: .high) { [action] in
        if let action { try await action() }
      }
      state.work = work
      return work
    }
    do { try await work.value } catch {
      state.withLock { $0.hasFailed = true }
      throw error
    }
    discharge()
  }

  /// Whether something has still to go, and may.
  package static var isUnderWay: Bool {
    all.withLock { $0.values.contains { !$0.state.withLock(\.hasFailed) } }
  }

  /// Whether something goes already, or will without being asked to.
  package static var isBegun: Bool {
    all.withLock { $0.values.contains { $0.action == nil || $0.state.withLock { $0.work != nil } } }
  }

  /// Begins every action that nobody has begun.
  package static func performAll() {
    for pending in all.withLock({ Array($0.values) }) where pending.action != nil {
      Task(priority: .high) { try? await pending.perform() }
    }
  }

  /// What is on these servers goes with them.
  package static func own(_ servers: [String]) { ours.withLock { $0.formUnion(servers) } }

  /// What could not be removed: a sentence each.
  package static var leftBehind: [String] {
    let ours = ours.withLock { $0 }
    return all.withLock { all in
      all.values.filter { !ours.contains($0.server ?? "") }.compactMap(\.remark).sorted()
    }
  }
}
