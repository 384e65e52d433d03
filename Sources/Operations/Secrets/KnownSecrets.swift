/// Secrets that stand in documentation, templates and tutorials: whoever attacks tries them first.
///
/// Compared without case and without anything but letters and digits.
enum KnownSecrets {
    /// Where an equal secret stands; nil for one that isn't known.
    static func place(of text: String) -> String? {
        let simple = simplified(text)
        var found: String?
        // All of them, whichever fits: the time taken says nothing.
        for (value, place) in values where TimingSafe.equal(Array(value.utf8), simple) { found = place }
        return found
    }

    /// Beginnings that mark a secret as made for development.
    static func isForDevelopment(_ text: String) -> Bool {
        let lower = text.lowercased()
        return [
            "django-insecure-", "insecure-", "dev-", "development-", "dev_", "development_", "test-", "not-secure-",
        ]
        .contains { lower.hasPrefix($0) } || lower.contains("for-development-only")
            || lower.contains("do-not-use-in-production") || lower.contains("development_secret")
    }

    /// Text that stands for a secret: a variable that nobody filled in, an instruction.
    static func isPlaceholder(_ text: String) -> Bool {
        let lower = text.lowercased()
        let brackets = [("<", ">"), ("${", "}"), ("{{", "}}"), ("%(", ")s"), ("$(", ")"), ("[", "]"), ("__", "__")]
        if brackets.contains(where: { lower.hasPrefix($0.0) && lower.hasSuffix($0.1) }) { return true }
        let words = [
            "changeme", "change-me", "change_me", "change this", "change-this", "changethis", "replaceme", "replace-me",
            "replace_me", "replace-with", "replace_with", "replace this", "your-secret", "your_secret", "your secret",
            "yoursecret", "your-super-secret", "your_super_secret", "your-256-bit", "your-jwt-secret",
            "your_jwt_secret",
            "insert-your", "insert_your", "put-your", "put_your", "-here", "_here", "todo", "fixme", "xxxxx",
            "example-secret",
            "example_secret", "generate-me", "generate_me", "some-random", "somerandom", "placeholder",
        ]
        // Only where the text is made of letters and separators; a random secret may spell anything by chance.
        let isSpelled = lower.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F || byte == 0x20
        }
        let isMarked = words.contains { lower.contains($0) }
        return isMarked && (isSpelled || words.contains { lower.hasPrefix($0) || lower.hasSuffix($0) && $0.count > 5 })
    }

    static func simplified(_ text: String) -> [UInt8] {
        text.lowercased().utf8.filter { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    static let values: [(String, String)] = [
        ("secret", "everywhere"), ("secretkey", "everywhere"), ("mysecret", "everywhere"),
        ("mysecretkey", "everywhere"), ("supersecret", "everywhere"), ("supersecretkey", "everywhere"),
        ("topsecret", "everywhere"), ("verysecret", "everywhere"), ("verysecretkey", "everywhere"),
        ("sosecret", "everywhere"), ("notsosecret", "everywhere"), ("thisisasecret", "everywhere"),
        ("thisismysecret", "everywhere"), ("thisismysecretkey", "everywhere"), ("thisisasecretkey", "everywhere"),
        ("changeme", "everywhere"), ("changeit", "Java's key stores"), ("changethis", "FastAPI's project template"),
        ("password", "everywhere"), ("password1", "everywhere"), ("password123", "everywhere"),
        ("passw0rd", "everywhere"), ("p4ssw0rd", "everywhere"), ("pssw0rd", "everywhere"), ("pass", "everywhere"),
        ("123456", "everywhere"), ("12345678", "everywhere"), ("123456789", "everywhere"), ("1234567890", "everywhere"),
        ("qwerty", "everywhere"), ("letmein", "everywhere"), ("welcome", "everywhere"), ("admin", "everywhere"),
        ("admin123", "everywhere"), ("root", "everywhere"), ("toor", "Kali Linux"), ("guest", "RabbitMQ"),
        ("test", "everywhere"), ("testing", "everywhere"), ("testsecret", "everywhere"), ("example", "everywhere"),
        ("foobar", "everywhere"), ("foobared", "Redis' old redis.conf"), ("default", "everywhere"),
        ("dev", "Flask's tutorial"), ("devkey", "Flask's old tutorial"), ("development", "everywhere"),
        ("developmentkey", "Flask's old tutorial"), ("devsecret", "everywhere"), ("devsecretkey", "everywhere"),
        ("youwillneverguess", "the Flask mega-tutorial"), ("hardtoguessstring", "Flask Web Development"),
        ("yoursecretkey", "everywhere"), ("yoursecret", "everywhere"), ("keyboardcat", "Express' express-session"),
        ("shhhhh", "node-jsonwebtoken"), ("shhhhhhaverysecretkey", "tutorials for Node"),
        ("catonkeyboard", "tutorials for Express"), ("your256bitsecret", "JWT.io"),
        ("astringsecretatleast256bitslong", "JWT.io"), ("astringsecretatleast512bitslongforhs512", "JWT.io"),
        ("secretkeybase", "tutorials for Rails"), ("jwtsecret", "everywhere"), ("jwtsecretkey", "everywhere"),
        ("yourjwtsecret", "everywhere"), ("superjwtsecret", "everywhere"), ("accesstokensecret", "tutorials for Node"),
        ("tokensecret", "everywhere"), ("sessionsecret", "everywhere"), ("cookiesecret", "everywhere"),
        ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "FastAPI's documentation"),
        ("5791628bb0b13ce0c676dfde280ba245", "a Flask tutorial"),

        ("192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", "Flask's documentation"),
        ("asecretkey", "everywhere"), ("secretkeyhere", "everywhere"),

        ("a0zr98j3yxrxhhjmnlwxrt", "Flask's old documentation"), ("somerandomstring", "everywhere"),
        ("randomstring", "everywhere"), ("base64key", "Laravel's .env.example"),
        ("someverysecretkey", "everywhere"), ("thistokenisnotsosecretchangeit", "Symfony's .env"),
        ("thisisnotsosecretchangeit", "Symfony's .env"), ("secretstring", "everywhere"),
        ("404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970", "tutorials for Spring Boot"),
        ("postgres", "PostgreSQL's image"), ("mysecretpassword", "PostgreSQL's and Redis' images"),
        ("examplepassword", "everywhere"), ("postgrespassword", "everywhere"), ("dbpassword", "everywhere"),
        ("redis", "everywhere"), ("redispassword", "everywhere"), ("mypassword", "everywhere"),
        ("app", "everywhere"), ("user", "everywhere"), ("db", "everywhere"), ("minioadmin", "MinIO"),
        ("minio123", "MinIO"), ("strongpassword", "everywhere"), ("yourpassword", "everywhere"),
        ("yourstrongpassword", "SQL Server's image"), ("yourstrongpassw0rd", "SQL Server's image"),
        ("correcthorsebatterystaple", "xkcd 936"), ("hunter2", "everywhere"), ("ultrasecret", "everywhere"),
        ("abcdefghijklmnopqrstuvwxyz", "the alphabet"),
        ("wjalrxutnfemik7mdengbpxrficyexamplekey", "AWS' documentation"),
        ("insecuredefault", "everywhere"), ("donotuseinproduction", "everywhere"), ("unsafesecret", "everywhere"),
    ]
}
