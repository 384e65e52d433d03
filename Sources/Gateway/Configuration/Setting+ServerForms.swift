import Kernel

/// Forms that only the process's own keys use.
extension Setting where Value == ListenAddress {
    static func address(_ key: String, summary: String, default address: ListenAddress) -> Setting {
        Setting(
            key, summary: summary, form: listenForm, default: address, defaultText: "\(address)", reloads: false,
            parse: { $0.text.flatMap(ListenAddress.init(configuration:)) })
    }
}

private let listenForm = "HOST:PORT such as 127.0.0.1:8080, 0.0.0.0:443 or [::1]:8080, or unix:/PATH"

extension Setting where Value == ListenAddress? {
    static func optionalAddress(_ key: String, summary: String) -> Setting {
        Setting(
            key, summary: summary, form: listenForm, default: nil, defaultText: "none", reloads: false,
            parse: { $0.text.flatMap(ListenAddress.init(configuration:)).map { .some($0) } })
    }
}

extension Setting where Value == String? {
    static func path(_ key: String, summary: String, reloads: Bool = true) -> Setting {
        Setting(
            key, summary: summary, form: "a path", default: nil, defaultText: "none", reloads: reloads,
            parse: { node in node.text.flatMap { $0.isEmpty || $0.utf8.contains(0) ? nil : .some($0) } })
    }
}

extension Setting where Value == Duration? {
    static func optionalDuration(_ key: String, summary: String) -> Setting {
        Setting(
            key, summary: summary, form: "a time span, such as 30s, 5min or 12h; `none` for no limit", default: nil,
            defaultText: "none",
            parse: { node in
                guard let text = node.text else { return nil }
                return text == "none" ? .some(nil) : Duration(configuration: text).map { .some($0) }
            })
    }
}
