// Refuses a run if the server's logs cannot provide its figures.

import Probes
import Failures

extension LogCheck {
  package func refuseObstacles() throws(UserError) {
    guard let obstacle = findings.first(where: \.isObstacle) else { return }
    throw UserError.server(obstacle.sentence)
  }
}
