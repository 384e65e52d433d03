public import Kernel

extension HostCheckStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// Names, `*.example.com`, or `any`; empty: as the environment and `public-url` say.
        public var hosts: [String]

        public init(mode: ControlMode, hosts: [String] = []) {
            self.mode = mode
            self.hosts = hosts
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let mode = reader.mode(of: "protection.host")
            let hosts = reader.read(
                .texts(
                    "hosts",
                    summary: "Hosts that requests may name; in development loopback names and addresses by default.",
                    form: "a list of names such as example.com or *.example.com, or any", default: [],
                    accepts: { host in
                        host == "any" || HostName(host.hasPrefix("*.") ? String(host.dropFirst(2)) : host) != nil
                    }))
            return Settings(mode: mode, hosts: hosts)
        }
    }
}
