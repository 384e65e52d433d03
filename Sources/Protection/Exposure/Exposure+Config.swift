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
            let key = "protection.exposure"
            let mode = reader.mode(of: key)
            let names = ExposureArea.allCases.map(\.rawValue)
            let areas = reader.read(
                .texts(
                    "\(key).hide", summary: "Kinds of paths that are kept from strangers.",
                    form: "a list of " + names.joined(separator: ", "), default: names,
                    accepts: { ExposureArea(rawValue: $0) != nil }))
            let allowed = reader.read(
                .texts(
                    "\(key).allow", summary: "Exact paths that are shown all the same.",
                    form: "a list of paths such as /metrics", default: [], accepts: { $0.hasPrefix("/") }))
            return Settings(
                mode: mode, areas: Set(areas.compactMap(ExposureArea.init(rawValue:))), allowed: allowed)
        }
    }
}
