// The outcome of an attempt, common to all records.

package protocol Attempted {
  var status: Status { get set }
  var errorCode: Int? { get set }
  /// The server's name of the error.
  var errorName: String? { get set }
  /// One line of at most 300 characters, without secrets.
  var errorMessage: String? { get set }
}

extension Sample: Attempted {}
extension InsertSample: Attempted {}
extension VerificationSample: Attempted {}
extension BackfillSample: Attempted {}
