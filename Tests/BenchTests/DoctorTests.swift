// What an examination makes of what it sees: every caution and obstacle says what it means.

import Testing
@testable import ClickHouseClient
@testable import Doctor

@Suite struct DoctorTests {
  @Test func aBusyMachineScattersTimes() {
    let quiet = MachineExamination.processors("x", cores: 2, load: 0.9)
    let busy = MachineExamination.processors("x", cores: 2, load: 1.1)
    #expect(quiet.weight == .good && quiet.meaning == nil)
    #expect(busy.weight == .caution && busy.meaning?.contains("below 1.0") == true)
    #expect(MachineExamination.processors("x", cores: 1, load: 0).weight == .caution)
  }

  @Test func aContainersLimitCountsAsMemory() {
    func look(_ available: Int, limit: Double?, swapped: Int = 0) -> Observation {
      MachineExamination.memory(
        available: available << 30, total: 64 << 30, limit: limit, swapped: swapped)
    }
    #expect(look(32, limit: nil).weight == .good)
    #expect(look(3, limit: nil).weight == .caution)
    let bounded = look(32, limit: Double(2 << 30))
    #expect(bounded.weight == .caution && bounded.finding.contains("2.00 GiB allowed"))
    #expect(look(32, limit: nil, swapped: 1 << 30).meaning?.contains("swap off") == true)
  }

  @Test func versionsAreJudged() {
    #expect(ServerExamination.judge(ServerVersion(23, 8)).weight == .obstacle)
    #expect(ServerExamination.judge(ServerVersion(24, 8)).weight == .caution)
    #expect(ServerExamination.judge(ServerVersion(25, 8)).weight == .good)
    #expect(
      ServerExamination.judge(ServerVersion(26, 9)).meaning?.contains("FINAL skips no") == true)
    #expect(ServerExamination.judge(ServerVersion(26, 5)).meaning?.contains("26.3, 26.9") == true)
  }
}
