import Kernel
import NIOCore
import NIOHTTP1
@_spi(Testing) import Web

extension Verdict {
    /// The status that this verdict ends the exchange with; nil when it goes on.
    var status: Int? {
        switch self {
        case .refuse(let problem, _): problem.status
        case .answer(let response): Int(response.head.status.code)
        case .proceed, .wait, .body: nil
        }
    }
    var problem: Problem? {
        if case .refuse(let problem, _) = self { return problem }
        return nil
    }
    var isAlways: Bool {
        if case .refuse(_, let always) = self { return always }
        return false
    }
    var reason: String? {
        switch self {
        case .refuse(let problem, _): problem.reason.rawValue
        case .answer(let response): response.reason.rawValue
        default: nil
        }
    }
    var response: Response? {
        if case .answer(let response) = self { return response }
        return nil
    }
}

extension ResponseHead {
    init(_ status: HTTPResponseStatus, _ fields: [(String, String)]) {
        self.init(status: status, headers: HTTPHeaders(fields))
    }
    func value(_ name: String) -> String? { headers.first(name: name) }
}

extension BodyPlan {
    var isPass: Bool {
        if case .pass = self { return true }
        return false
    }
    var replacement: String? {
        if case .replace(let bytes) = self { return String(buffer: bytes) }
        return nil
    }
    /// Runs a peek's decision on a whole body.
    func decide(_ exchange: inout Exchange, _ head: inout ResponseHead, _ body: String) -> PeekVerdict? {
        guard case .peek(let count, let decision) = self else { return nil }
        let bytes = ByteBuffer(string: body)
        let slice = bytes.getSlice(at: 0, length: min(count, bytes.readableBytes)) ?? bytes
        return decision(&exchange, &head, slice, bytes.readableBytes <= count)
    }
}

extension PeekVerdict {
    var problem: Problem? {
        if case .refuse(let problem) = self { return problem }
        return nil
    }
}
