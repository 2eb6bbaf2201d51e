// Refuses a run whose figures no log would have.

import Probes
import Failures

extension LogCheck {
  /// Refuses to begin what could not be measured.
  package func refuseObstacles() throws(UserError) {
    guard let obstacle = findings.first(where: \.isObstacle) else { return }
    throw UserError(.server, obstacle.sentence)
  }
}
