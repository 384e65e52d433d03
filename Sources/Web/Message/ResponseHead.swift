public import Kernel
public import NIOCore
public import NIOHTTP1

/// A response's head on its way out; stages may change it in `respond`.
public struct ResponseHead: Sendable {
    public var status: HTTPResponseStatus
    public var fields: FieldList
    /// Fields that never change, sent behind `fields`. Their names must not be among these.
    public private(set) var block: HeaderBlock?

    public init(status: HTTPResponseStatus) {
        self.status = status
        fields = FieldList()
    }

    public init(status: HTTPResponseStatus, headers: HTTPHeaders) {
        self.status = status
        self.fields = FieldList(headers)
    }

    public init(status: HTTPResponseStatus, fields: consuming FieldList) {
        self.status = status
        self.fields = fields
    }

    /// The fields as NIO has them: a copy each way, for the rare response that is looked at or changed by name.
    public var headers: HTTPHeaders {
        get { fields.headers }
        set { fields = FieldList(newValue) }
    }

    /// Sends these fields, too. There is room for one block; the fields of a second one are added one by one.
    public mutating func attach(_ block: HeaderBlock) {
        guard self.block != nil else {
            self.block = block
            return
        }
        for field in block.fields { fields.add(name: field.name, value: field.value) }
    }
}

/// A whole response that a stage answers with: a redirect, a preflight, a cache hit.
public struct Response: Sendable {
    public var head: ResponseHead
    public var body: ByteBuffer
    /// Why the stage answered instead of letting pass: what `observe` records.
    public let reason: ReasonID
    public init(_ head: ResponseHead, body: ByteBuffer = ByteBuffer(), reason: ReasonID) {
        self.head = head
        self.body = body
        self.reason = reason
    }
}

/// Who made a response.
public enum ResponseOrigin: String, Sendable {
    /// The app behind us.
    case upstream
    /// One of our own routes.
    case own
    /// A refusal or failure of ours, rendered by `Problems`.
    case problem
    /// A stage's answer.
    case stage
}
