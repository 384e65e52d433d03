import CPq
public import Kernel

/// A PostgreSQL address as libpq reads it (`postgres://user:password@host:5432/name?sslmode=verify-full`).
///
/// A connection that leaves the machine is TLS with the server's certificate and name checked (`sslmode=verify-full`,
/// ASVS 5.0 V12.3.1): the weaker modes, which a forged server passes, are refused.
public struct PostgresAddress: Sendable, Equatable {
    /// Keyword and value, as libpq names them (https://www.postgresql.org/docs/15/libpq-connect.html).
    private(set) var parameters: [Parameter]
    public let host: String
    public let port: Int
    public let name: String
    public let user: String

    struct Parameter: Sendable, Equatable {
        let keyword: String
        let value: Secret
    }

    /// Without password: for logs and the console.
    public var description: String { "postgres://\(user)@\(host.hasPrefix("/") ? "[socket]" : host):\(port)/\(name)" }

    /// - Throws: `DatabaseError` with code `.configuration`.
    public init(_ text: Secret) throws(DatabaseError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text.reveal(), &message) else {
            // libpq's text repeats a part of the address, which may hold the password.
            PQfreemem(message)
            throw DatabaseError(
                .configuration,
                "not a PostgreSQL address: postgres://USER:PASSWORD@HOST:5432/NAME?sslmode=verify-full, special characters percent-encoded"
            )
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var parameters: [Parameter] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                let name = String(cString: keyword)
                values[name] = String(cString: value)
                parameters.append(Parameter(keyword: name, value: Secret(String(cString: value))))
            }
            option += 1
        }
        host = values["host"] ?? "/var/run/postgresql"
        port = values["port"].flatMap { Int($0) } ?? 5432
        user = values["user"] ?? ""
        name = values["dbname"] ?? values["user"] ?? ""
        guard !user.isEmpty, !name.isEmpty else {
            throw DatabaseError(.configuration, "user and database are missing: postgres://USER@HOST/NAME")
        }
        guard !host.contains(",") else {
            throw DatabaseError(.configuration, "one host, please: several (“\(host)”) could be read-only copies")
        }
        if !PostgresAddress.staysOnMachine(host) {
            let mode = values["sslmode"] ?? "verify-full"
            guard mode == "verify-full" else {
                throw DatabaseError(
                    .configuration,
                    "sslmode=\(mode) lets a forged server in: leave it out or write sslmode=verify-full (and sslrootcert=FILE)"
                )
            }
            if values["sslmode"] == nil {
                parameters.append(Parameter(keyword: "sslmode", value: Secret("verify-full")))
            }
            if values["sslrootcert"] == nil {
                parameters.append(
                    Parameter(keyword: "sslrootcert", value: Secret("/etc/ssl/certs/ca-certificates.crt")))
            }
        }
        self.parameters = parameters
    }

    /// The same place, where unqualified names mean `schema` alone: for a restore that proves itself beside the real one.
    ///
    /// - Parameter schema: lower-case letters, digits and `_`; chosen by code.
    public func searching(_ schema: String) -> PostgresAddress {
        var copy = self
        let given = parameters.last { $0.keyword == "options" }?.value.reveal()
        let option = "-c search_path=\(schema)"
        let all = given.map { "\($0) \(option)" } ?? option
        copy.parameters = parameters.filter { $0.keyword != "options" }
        copy.parameters.append(Parameter(keyword: "options", value: Secret(all)))
        return copy
    }

    private static func staysOnMachine(_ host: String) -> Bool {
        host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}
