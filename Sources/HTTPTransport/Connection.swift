// Connection: one thread with one libcurl multi handle that runs one transfer at a time. All
// libcurl calls except the wake-up happen on that thread.

import CCurl
import Dispatch
import Glibc
import Synchronization

struct Job: Sendable {
  let request: Request
  let body: RequestBody
  let receive: @Sendable (ResponseHead) throws -> BodySink?
  let cancellation = Cancellation()
}

/// Set by the waiting task, read by the connection's thread.
final class Cancellation: Sendable {
  private let flag = Atomic(false)
  var isRequested: Bool { flag.load(ordering: .relaxed) }
  func request() { flag.store(true, ordering: .relaxed) }
}

final class Connection: Sendable {
  /// The next job; nil when signalled ends the thread.
  private let nextJob = Mutex<(job: Job, continuation: CheckedContinuation<Response, any Error>)?>(
    nil)
  /// Counts jobs. Waking the multi handle instead would cost four system calls per request.
  private let jobCount = DispatchSemaphore(value: 0)
  private let multi: Multi

  init() throws {
    multi = try Multi()
    let owner = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Connection>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, owner.toOpaque())
    guard failure == 0 else {
      owner.release()
      multi.close()
      throw TransportError(.other, detail: "no thread for a connection", url: "any server")
    }
    pthread_detach(thread)
  }

  /// One job at a time; the pool ensures that.
  func perform(_ job: Job) async throws -> Response {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        nextJob.withLock { nextJob in
          precondition(nextJob == nil, "a connection has one job at a time")
          nextJob = (job, continuation)
        }
        jobCount.signal()
      }
    } onCancel: {
      job.cancellation.request()
      multi.wake()
    }
  }

  /// Ends the thread. The connection must not be in use.
  func stop() { jobCount.signal() }

  private func run() {
    // SIGPIPE is delivered to the writing thread, and TLS writes without MSG_NOSIGNAL; process
    // signals belong to the threads that handle them.
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let easy = Easy()
    while let (job, continuation) = next() {
      // Ends the transfer before the waiting task resumes.
      let result = Result { try drive(Transfer(job), easy) }
      continuation.resume(with: result)
    }
    easy?.close()
    multi.close()
  }

  /// Waits for the next job.
  private func next() -> (Job, CheckedContinuation<Response, any Error>)? {
    jobCount.wait()
    return nextJob.withLock { nextJob in
      defer { nextJob = nil }
      return nextJob
    }
  }

  private func drive(_ transfer: Transfer, _ easy: Easy?) throws -> Response {
    guard let easy else { throw transfer.error(.other, detail: "libcurl returned no handle") }
    try transfer.configure(easy)
    defer { easy.reset() }
    try multi.add(easy)
    defer { multi.remove(easy) }
    while true {
      let timeout = try transfer.timeout()
      multi.perform()
      if let code = multi.result() { return try transfer.finish(code, easy) }
      multi.poll(milliseconds: timeout)
    }
  }
}
