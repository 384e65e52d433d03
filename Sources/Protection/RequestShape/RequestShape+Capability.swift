public import Kernel

extension RequestShapeStage {
    public static let capability = Capability(
        id: "protection.request-shape", title: "One reading of every request, and none too large", level: .mvp,
        stages: ["RequestShape"], modeKey: "protection.request-shape.mode",
        reasons: [
            "request-shape.both-lengths", "request-shape.duplicate-length", "request-shape.bad-length",
            "request-shape.coding-in-http10", "request-shape.unknown-coding", "request-shape.duplicate-host",
            "request-shape.missing-host", "request-shape.bad-method", "request-shape.connect",
            "request-shape.empty-target", "request-shape.asterisk-form", "request-shape.authority-form",
            "request-shape.absolute-form", "request-shape.target-bytes", "request-shape.bad-percent",
            "request-shape.nul", "request-shape.dot-segment", "request-shape.overlong", "request-shape.field-name",
            "request-shape.field-value", "request-shape.bad-encoding", "request-shape.h2c",
            "request-shape.expectation", "request-shape.trailer", "request-shape.websocket",
            "request-shape.header-count", "request-shape.header-size", "request-shape.target-length",
            "request-shape.not-utf8", "request-shape.overlong-query", "request-shape.method", "request-shape.body-size",
        ],
        provedBy: [
            "methods.trace", "methods.unknown", "size.declared-body", "size.chunked-body",
            "transport.path-normalisation", "errors.bad-encoding",
        ])
}
