import Kernel
import NIOHPACK
import NIOHTTP1
import Web

/// HPACK fields as the same `RequestHead` that HTTP/1.1 gives (RFC 9113 §8.3).
enum HTTP2RequestMapping {
    /// `:authority` becomes `Host` (and must agree with one that was sent), cookie crumbs are joined (§8.2.3), a body
    /// of unknown length is marked as chunked.
    static func map(_ fields: HPACKHeaders, endsHere: Bool) -> (head: RequestHead, malformation: Problem?) {
        var method = HTTPMethod.GET
        var target = ""
        var scheme = Scheme.https
        var authority: String?
        var cookies: [String] = []
        var headers = HTTPHeaders()
        var hosts: [String] = []
        var hasLength = false
        for (name, value, _) in fields {
            switch name {
            case ":method": method = HTTPMethod(rawValue: value)
            case ":path": target = value
            case ":scheme": scheme = value == "http" ? .http : .https
            case ":authority": authority = value
            case "cookie": cookies.append(value)
            case "host": hosts.append(value)
            default:
                if name == "content-length" { hasLength = true }
                headers.add(name: name, value: value)
            }
        }
        var malformation: Problem?
        if let authority {
            if hosts.contains(where: { $0 != authority }) {
                malformation = Problem(
                    "request-shape.host", status: 400, title: "The request names two hosts.",
                    detail: ":authority and Host differ.", closesConnection: true)
            }
            hosts = [authority]
        }
        var whole = HTTPHeaders()
        whole.reserveCapacity(headers.count + hosts.count + 2)
        for host in hosts { whole.add(name: "host", value: host) }
        whole.add(contentsOf: headers)
        if !cookies.isEmpty { whole.add(name: "cookie", value: cookies.joined(separator: "; ")) }
        if !endsHere && !hasLength { whole.add(name: "transfer-encoding", value: "chunked") }
        let head = RequestHead(
            method: method, target: target, version: .http2, scheme: scheme, headers: whole)
        return (head, malformation)
    }

    /// A response head as HPACK: names in lower case, nothing that is about a connection (RFC 9113 §8.2.2).
    static func headers(of head: ResponseHead) -> HPACKHeaders {
        var fields = HPACKHeaders()
        fields.reserveCapacity(head.fields.count + 1)
        fields.add(name: ":status", value: String(head.status.code))
        for line in head.fields.lines {
            switch line.known {
            case .connection, .keepAlive, .transferEncoding, .upgrade, .proxyConnection: continue
            default: fields.add(name: line.name.lowercased(), value: line.value)
            }
        }
        for field in head.block?.fields ?? [] { fields.add(name: field.name.lowercased(), value: field.value) }
        return fields
    }
}
