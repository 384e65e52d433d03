internal import Kernel

/// The part of `Content-Type` that names the type (RFC 9110 §8.3.1).
enum MediaType {
    /// Without parameters and blanks, in the case it came in.
    static func essence(_ value: String) -> Substring {
        Substring(value.utf8.prefix(while: { $0 != 0x3B && $0 != 0x2C })).trimmingBlanks
    }

    static func isHTML(_ value: String) -> Bool {
        essence(value).isEqualIgnoringCase(to: "text/html")
    }

    /// By the first byte: most answers of an interface begin with another letter; a blank may stand before the type.
    static func mayBeHTML(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let first = value.first else { return false }
        return first | 0x20 == 0x74 || first == 0x20 || first == 0x09
    }
}

/// Types whose bytes are text: everything else is compressed already or not worth it.
enum CompressibleType {
    private static let exact = FieldNameTable([
        "application/json", "application/javascript", "application/x-javascript", "application/ecmascript",
        "application/xml", "application/graphql", "application/wasm", "application/x-ndjson", "application/jsonl",
        "application/yaml", "application/x-yaml", "application/toml", "application/rtf", "application/sql",
        "application/postscript", "application/vnd.ms-fontobject", "application/geo+json-seq", "application/x-sh",
        "image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "font/ttf", "font/otf", "font/collection",
    ])

    /// Server-sent events stay as they are: each must arrive at once, and proxies on the way hold compressed ones back.
    static func matches(_ value: String) -> Bool {
        // Most types come bare.
        if exact.contains(value) { return true }
        let essence = MediaType.essence(value)
        if exact.value(of: essence) != nil { return true }
        if hasPrefix(essence, "text/") { return !essence.isEqualIgnoringCase(to: "text/event-stream") }
        let folded = essence.lowercased()
        return folded.hasSuffix("+json") || folded.hasSuffix("+xml")
            || folded.hasSuffix("+text")
    }

    private static func hasPrefix(_ text: Substring, _ lowercase: StaticString) -> Bool {
        var mine = text.utf8.makeIterator()
        return lowercase.withUTF8Buffer { mark in
            for byte in mark where mine.next()?.asciiLowercased != byte { return false }
            return true
        }
    }
}
