import Kernel
import Observability
import Web

/// The list as `seaworthy pipeline` prints it.
public enum PipelineListing {
    /// One line a stage of the public door, in order: name, mode, capability; those that are off included.
    public static func lines(of configuration: GatewayConfiguration) -> [String] {
        guard let services = try? GatewayServices(configuration: configuration, loops: 1, sink: .handler { _ in })
        else { return [] }
        defer { services.stop() }
        let stages = Pipeline.publicDoor(configuration, services)
        let hasMode = Set(Capabilities.all.filter { $0.modeKey != nil }.flatMap(\.stages))
        return stages.enumerated().map { number, stage in
            let mode = hasMode.contains(stage.name) ? stage.mode.rawValue : "always"
            let place = String(number + 1)
            return String(repeating: " ", count: 2 - min(2, place.count)) + place + "  "
                + stage.name.padded(18) + mode.padded(10) + stage.control
        }
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
