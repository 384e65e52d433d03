public import Kernel
public import Store

/// Redis' key.
public enum RedisKeys {
    public static let redis = Setting<RedisAddress?>(
        "redis", summary: "Where replicas count limits together; without it each counts alone.",
        form:
            "redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER], redis+unix:///PATH, or none (no rediss://: this build's hiredis has no TLS, so use a tunnel)",
        default: nil, defaultText: "none", reloads: false, isSecret: true,
        parse: { node in
            guard let text = node.text else { return nil }
            if text == "none" || text.isEmpty { return .some(nil) }
            return (try? RedisAddress(Secret(text))).map { .some($0) }
        })
}
