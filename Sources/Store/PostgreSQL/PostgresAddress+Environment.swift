public import Kernel

extension PostgresAddress {
    /// The address as PostgreSQL's own programs take it from their environment: so no password stands in a list of
    /// processes (https://www.postgresql.org/docs/15/libpq-envars.html).
    public var environment: [(name: String, value: Secret)] {
        parameters.compactMap { parameter in
            PostgresAddress.variables[parameter.keyword].map { ($0, parameter.value) }
        }
    }

    private static let variables = [
        "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
        "password": "PGPASSWORD", "passfile": "PGPASSFILE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcrl": "PGSSLCRL", "options": "PGOPTIONS",
        "channel_binding": "PGCHANNELBINDING", "connect_timeout": "PGCONNECT_TIMEOUT",
    ]
}
