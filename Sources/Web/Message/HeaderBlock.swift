public import NIOCore
public import NIOHTTP1

/// Response fields that never change, written out once: attaching them to a response costs one reference, sending
/// them over HTTP/1.1 one copy.
public final class HeaderBlock: Sendable {
    public let fields: [(name: String, value: String)]
    /// `Name: value` lines, each with its CRLF.
    public let bytes: ByteBuffer

    /// Fields whose name or value could end a line early are left out.
    public init(_ fields: [(name: String, value: String)]) {
        let sound = fields.filter { field in
            !field.name.isEmpty && (field.name + field.value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        }
        self.fields = sound
        var bytes = ByteBuffer()
        for field in sound { bytes.writeString("\(field.name): \(field.value)\r\n") }
        self.bytes = bytes
    }
}

extension ResponseHead {
    /// All fields in one list, those of blocks included: for whoever looks at a response as a whole.
    public var allFields: HTTPHeaders {
        guard let block else { return headers }
        var all = headers
        for field in block.fields { all.add(name: field.name, value: field.value) }
        return all
    }
}
