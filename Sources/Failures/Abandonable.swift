// Runs long computations that a cancelled task does not wait for.

import Foundation
import Synchronization

/// Computes on a separate thread. On cancellation this throws `CancellationError` at once and drops
/// the result. `work` must have no side effects.
package func abandonable<Value: Sendable>(
  _ work: @escaping @Sendable () -> Value
) async throws -> Value {
  let result = Pending<Value>()
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      result.wait(continuation)
      Thread.detachNewThread { result.end(with: .success(work())) }
    }
  } onCancel: {
    result.end(with: .failure(CancellationError()))
  }
}

/// The first of two results, for one waiting task.
private final class Pending<Value: Sendable>: Sendable {
  private struct State {
    var waiter: CheckedContinuation<Value, any Error>?
    var result: Result<Value, any Error>?
  }

  private let state = Mutex(State())

  func wait(_ continuation: CheckedContinuation<Value, any Error>) {
    let result = state.withLock { state in
      if state.result == nil { state.waiter = continuation }
      return state.result
    }
    if let result { continuation.resume(with: result) }
  }

  func end(with result: Result<Value, any Error>) {
    let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
      guard state.result == nil else { return nil }
      state.result = result
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(with: result)
  }
}
