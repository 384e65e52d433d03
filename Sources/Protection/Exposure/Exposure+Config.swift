public import Kernel

extension ExposureStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        public var areas: Set<ExposureArea>
        /// Exact paths that are shown all the same.
        public var allowed: [String]

        public init(mode: ControlMode, areas: Set<ExposureArea> = Set(ExposureArea.allCases), allowed: [String] = []) {
            self.mode = mode
            self.areas = areas
            self.allowed = allowed
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let mode = reader.mode(of: "protection.exposure")
            let names = ExposureArea.allCases.map(\.rawValue)
            let areas = reader.read(
                .texts(
                    "protection.exposure.hide", summary: "Kinds of paths that are kept from strangers.",
                    form: "a list of " + names.joined(separator: ", "), default: names,
                    accepts: { ExposureArea(rawValue: $0) != nil }))
            let allowed = reader.read(
                .texts(
                    "protection.exposure.allow", summary: "Exact paths that are shown all the same.",
                    form: "a list of paths such as /metrics", default: [], accepts: { $0.hasPrefix("/") }))
            return Settings(
                mode: mode, areas: Set(areas.compactMap(ExposureArea.init(rawValue:))), allowed: allowed)
        }
    }

    public static let capability = Capability(
        id: "protection.exposure", title: "Nothing is published by accident", level: .mvp, stages: ["Exposure"],
        modeKey: "protection.exposure.mode", reasons: ["exposure.hidden", "exposure.listing"],
        provedBy: [
            "exposure.debug-routes", "exposure.directory-listing", "exposure.dot-files", "exposure.metrics",
        ])
}
