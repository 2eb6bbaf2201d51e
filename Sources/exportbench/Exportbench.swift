import ArgumentParser

@main struct Exportbench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "exportbench")
}
