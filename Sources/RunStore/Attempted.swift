// What every record of an attempt says of its end.

/// A record of something that was tried: it ended well, or with an error that has columns.
package protocol Attempted {
  /// How it ended.
  var status: Status { get set }
  /// The server's error code.
  var errorCode: Int? { get set }
  /// The server's name of the error.
  var errorName: String? { get set }
  /// The error in one line of at most 300 characters, without secrets.
  var errorMessage: String? { get set }
}

extension Sample: Attempted {}
extension InsertSample: Attempted {}
extension VerificationSample: Attempted {}
extension BackfillSample: Attempted {}
