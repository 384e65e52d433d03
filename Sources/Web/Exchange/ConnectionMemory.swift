internal import Kernel

/// What one connection's exchanges needn't find out again. On the connection's event loop.
///
/// Each piece is kept with all that it was made from, and counts only where that is the same once more.
public final class ConnectionMemory {
    private var host: [UInt8] = []
    private var admittedBy: AnyObject?
    private var told: Told?
    private var logged: Logged?

    public init() {}

    // MARK: - HostCheck

    /// Whether this very `Host` was admitted before by this very rule.
    public func admits(_ host: UnsafeRawBufferPointer, by rule: AnyObject) -> Bool {
        guard admittedBy === rule, self.host.count == host.count else { return false }
        return self.host.withUnsafeBytes { $0.isEqual(to: host) }
    }

    public func admitted(_ host: UnsafeRawBufferPointer, by rule: AnyObject) {
        self.host = Array(host)
        admittedBy = rule
    }

    // MARK: - HeaderHygiene

    // A class, as `Logged`: to look at it is to count one reference.
    private final class Told {
        let scheme: Scheme
        let host: [UInt8]
        let lines: FieldList

        init(_ lines: FieldList, _ host: UnsafeRawBufferPointer, _ scheme: Scheme) {
            (self.scheme, self.host, self.lines) = (scheme, Array(host), lines)
        }

        /// False where it was another host or scheme.
        func add(to fields: inout FieldList, _ position: Int, _ scheme: Scheme) -> Bool {
            guard self.scheme == scheme,
                fields.withValue(at: position, { value in host.withUnsafeBytes { $0.isEqual(to: value) } })
            else { return false }
            fields.add(contentsOf: lines)
            return true
        }
    }

    /// Adds the lines that told the app of this very peer, scheme and `Host` before; false where there are none.
    ///
    /// - Parameter host: where in `fields` it is.
    public func repeatTold(to fields: inout FieldList, host: Int, _ scheme: Scheme) -> Bool {
        told?.add(to: &fields, host, scheme) ?? false
    }

    /// - Parameter lines: about the connection's own peer, and nobody whom a hop named.
    public func told(_ lines: FieldList, of host: UnsafeRawBufferPointer, _ scheme: Scheme) {
        told = Told(lines, host, scheme)
    }

    // MARK: - Record

    private final class Logged {
        let route: String?
        let scheme: Scheme
        let host: [UInt8]?
        let agent: [UInt8]?
        let text: [UInt8]

        init(_ text: [UInt8], _ route: String?, _ scheme: Scheme, _ fields: borrowing FieldList) {
            (self.text, self.route, self.scheme) = (text, route, scheme)
            host = fields.withFirst(.host) { Array($0) }
            agent = fields.withFirst(.userAgent) { Array($0) }
        }

        func isAbout(_ route: String?, _ scheme: Scheme, _ fields: borrowing FieldList) -> Bool {
            self.scheme == scheme && self.route == route && fields.first(.host, is: host)
                && fields.first(.userAgent, is: agent)
        }
    }

    /// The log's text about this very route, scheme, `Host`, peer and `User-Agent`; nil where there is none.
    public func logText(_ route: String?, _ scheme: Scheme, _ fields: borrowing FieldList) -> [UInt8]? {
        guard let logged, logged.isAbout(route, scheme, fields) else { return nil }
        return logged.text
    }

    /// - Parameter text: about the connection's own peer, and nobody whom a hop named.
    public func log(_ text: [UInt8], _ route: String?, _ scheme: Scheme, _ fields: borrowing FieldList) {
        logged = Logged(text, route, scheme, fields)
    }
}
