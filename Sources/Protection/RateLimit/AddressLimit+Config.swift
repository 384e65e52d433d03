public import Kernel

extension AddressLimitStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// Everything but assets; nil for no limit.
        public var address: GCRA?
        /// Images, styles, scripts and fonts; nil: they count like everything else.
        public var assets: GCRA?
        public var exempt: [IPNetwork]
        /// How many replicas share the limits; nil: as many as Redis hears of.
        public var replicas: Int?

        public init(
            mode: ControlMode, address: GCRA? = GCRA(quota: 100, windowSeconds: 60),
            assets: GCRA? = GCRA(quota: 600, windowSeconds: 60), exempt: [IPNetwork] = [],
            replicas: Int? = nil
        ) {
            self.mode = mode
            self.address = address
            self.assets = assets
            self.exempt = exempt
            self.replicas = replicas
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.rate-limit"
            let mode = reader.mode(of: key)
            let address = reader.read(
                .rate("\(key).address", summary: "Requests of one address.", default: "100/min"))
            let assets = reader.read(
                .rate(
                    "\(key).assets", summary: "Requests of one address for images, styles, scripts and fonts.",
                    default: "600/min"))
            let exempt = reader.read(
                .texts(
                    "\(key).exempt", summary: "Networks that are not limited.",
                    form: "a list of networks such as 10.0.0.0/8", default: [], accepts: { IPNetwork($0) != nil }))
            let replicas = reader.read(
                .number(
                    "\(key).replicas",
                    summary: "Replicas that share the limits through `redis`; 0: as many as Redis hears of.",
                    default: 0, in: 0...1000, reloads: false))
            return Settings(
                mode: mode, address: address, assets: assets, exempt: exempt.compactMap { IPNetwork($0) },
                replicas: replicas == 0 ? nil : replicas)
        }
    }
}

extension Setting where Value == GCRA? {
    /// `100/min`, `10/s`, `1000/h`, `5000/day`, `20/10s`, or `none`.
    static func rate(_ key: String, summary: String, default text: String) -> Setting {
        Setting(
            key, summary: summary, form: "COUNT/UNIT, UNIT one of s, min, h, day; or none", default: parse(text) ?? nil,
            defaultText: text, parse: { $0.text.flatMap { parse($0) } })
    }

    private static func parse(_ text: String) -> GCRA?? {
        if text == "none" { return .some(nil) }
        let parts = text.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000_000).contains(count) else { return nil }
        let units = [("min", 60), ("day", 86_400), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]
        for (unit, seconds) in units where parts[1].hasSuffix(unit) {
            let multiple = parts[1].dropLast(unit.utf8.count)
            guard let times = multiple.isEmpty ? 1 : Int(multiple), times >= 1, times <= 86_400 / seconds else {
                return nil
            }
            return .some(GCRA(quota: count, windowSeconds: times * seconds))
        }
        return nil
    }
}
