// Registry of resources that the process created and must remove before it exits, for whatever
// reason it exits.

import Synchronization

/// One resource to remove before the process exits.
///
/// Register it before creating the resource; perform or discharge it afterwards. After a signal,
/// the command line waits for all of them for a bounded time, performs those not yet started, and
/// prints what remains.
package final class PendingCleanup: Sendable {
  private struct State {
    var work: Task<Void, any Error>?
    var hasFailed = false
  }

  private static let all = Mutex<[ObjectIdentifier: PendingCleanup]>([:])
  private static let ownedServers = Mutex<Set<String>>([])

  private let remark: String?
  private let server: String?
  private let action: (@Sendable () async throws -> Void)?
  private let state = Mutex(State())

  /// - Parameters:
  ///   - remark: what remains if removal fails, with the command that removes it; nil if nothing
  ///     needs to be reported.
  ///   - server: the address of the server that has the resource; nil for this machine.
  ///   - action: removes it; nil if only ``discharge()`` marks it as gone.
  package init(
    _ remark: String? = nil, on server: String? = nil,
    action: (@Sendable () async throws -> Void)? = nil
  ) {
    (self.remark, self.server, self.action) = (remark, server, action)
    Self.all.withLock { $0[ObjectIdentifier(self)] = self }
  }

  /// Marks it as removed or as allowed to stay.
  package func discharge() { Self.all.withLock { $0[ObjectIdentifier(self)] = nil } }

  /// Removes it, also in a cancelled task; a second caller waits for the first. Rethrows the
  /// action's error; the resource then remains.
  package func perform() async throws {
    let work = state.withLock { state in
      if let work = state.work { return work }
      // Long computations may occupy the threads of other priorities.
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

  /// Whether any resource still has to be removed and can be.
  package static var isUnderWay: Bool {
    all.withLock { $0.values.contains { !$0.state.withLock(\.hasFailed) } }
  }

  /// Whether any removal has started, or will start without ``performAll()``.
  package static var isBegun: Bool {
    all.withLock { $0.values.contains { $0.action == nil || $0.state.withLock { $0.work != nil } } }
  }

  /// Starts every removal that has not started yet.
  package static func performAll() {
    for pending in all.withLock({ Array($0.values) }) where pending.action != nil {
      Task(priority: .high) { try? await pending.perform() }
    }
  }

  /// Resources on these servers disappear with them.
  package static func own(_ servers: [String]) { ownedServers.withLock { $0.formUnion(servers) } }

  /// One sentence for each resource that could not be removed.
  package static var leftBehind: [String] {
    let ownedServers = ownedServers.withLock { $0 }
    return all.withLock { all in
      all.values.filter { !ownedServers.contains($0.server ?? "") }.compactMap(\.remark).sorted()
    }
  }
}
