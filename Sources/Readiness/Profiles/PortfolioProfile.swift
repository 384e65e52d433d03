/// An investment platform: security and compliance, weighted, with five signatures.
enum PortfolioProfile {
    static let yaml = """
        title: Investment platform, security and compliance
        levels:
          - { name: launch, score: 90, areas: { headers: 100 } }
        weights: { tests: 30, type safety: 25, infrastructure: 25, performance: 10, logging: 10 }
        criteria:
          tests:
            - { id: pass-rate, text: "At least 80 % of the tests pass", figure: "tests.pass-rate >= 80", control: readiness.imports }
            - { id: no-test-errors, text: "No test ends in an error", figure: "tests.errors = 0", control: readiness.imports }
            - { id: coverage, text: "Coverage of 80 % or more", figure: "coverage.lines >= 80", control: readiness.imports }
            - { id: tests-gdpr, text: "GDPR has 12 tests or more", figure: "tests.gdpr >= 12", control: privacy.export }
            - { id: tests-monitoring, text: "Monitoring has 6 tests or more: headers, GDPR requests and limit violations are logged", figure: "tests.log-events >= 6", control: observability.security-events }
            - { id: tests-cache, text: "The cache has 15 tests or more: invalidated when a user changes, nobody else's data", figure: "tests.cache >= 15", control: protection.cache }
          type safety:
            - { id: type-coverage, text: "Type coverage of 95 % or more", figure: "types.coverage >= 95", control: readiness.imports }
            - { id: no-type-errors, text: "No type error", figure: "types.errors = 0", control: readiness.imports }
            - { id: types-in-ci, text: "Types are checked in CI and before each commit", signature: anybody }
          infrastructure:
            - { id: request-size, text: "Requests of more than 10,485,760 bytes are refused on POST, PUT and PATCH", check: [size.declared-body, size.chunked-body], control: protection.request-shape }
            - { id: row-locks, text: "Row locks: balance, transactions, user deletion, consent, positions, orders", check: race.lost-update, control: operations.locking }
            - { id: row-locks-source, text: "No read-modify-write without a lock in the source", figure: "scan.unlocked-updates = 0", control: readiness.source }
            - { id: csrf, text: "CSRF: token, cookie and header on every unsafe method", check: csrf.cross-site-write, control: protection.csrf }
            - { id: cookie-attributes, text: "Cookies are HttpOnly, Secure and SameSite", check: cookies.attributes, control: protection.cookies }
            - { id: password-service, text: "A password service", signature: anybody, control: identity.password }
            - { id: session-service, text: "A session service", check: session.ends-at-sign-out, control: identity.session }
            - { id: rbac-service, text: "Role-based access", check: [authorization.unprotected-routes, authorization.other-persons-object, authorization.mass-assignment], control: identity.roles }
            - { id: secure-random, text: "A source of secure random numbers", signature: anybody, control: operations.secrets }
            - { id: dependency-scanner, text: "A dependency scanner finds nothing", figure: "scan.vulnerabilities = 0", control: readiness.source }
            - { id: code-analyser, text: "A code analyser finds nothing critical", figure: "scan.critical = 0", control: readiness.imports }
            - { id: adaptive-limits, text: "Rate limits that adapt to the load", check: [limits.rate, limits.forwarded-bypass], control: protection.rate-limit }
            - { id: data-export, text: "Data export", signature: anybody, control: privacy.export }
            - { id: data-deletion, text: "Deletion", signature: anybody, control: privacy.erasure }
            - { id: consent, text: "Consent", signature: anybody, control: privacy.consent }
            - { id: retention, text: "Retention", signature: anybody, control: privacy.retention }
            - { id: breach, text: "A breach register", signature: anybody, control: privacy.breach }
            - { id: anonymiser, text: "An anonymiser", signature: anybody, control: privacy.anonymise }
            - { id: headers-100, text: "Headers: 100 of 100", score: "headers >= 100", control: protection.headers }
            - { id: hsts, text: "HSTS: one year, includeSubDomains, preload", check: [headers.strict-transport-security, tls.redirect], control: protection.headers }
            - { id: csp-12, text: "CSP of 12 directives", check: headers.content-security-policy, control: protection.headers }
            - { id: frame-deny, text: "X-Frame-Options: DENY", check: headers.frame-protection, control: protection.headers }
            - { id: nosniff, text: "X-Content-Type-Options: nosniff", check: headers.content-type-options, control: protection.headers }
            - { id: xss-protection, text: "X-XSS-Protection: 1; mode=block", check: headers.xss-protection, control: protection.headers }
            - { id: referrer, text: "Referrer-Policy: strict-origin-when-cross-origin", check: headers.referrer-policy, control: protection.headers }
            - { id: permissions-10, text: "Permissions-Policy of 10 features or more", check: headers.permissions-policy, control: protection.headers }
            - { id: headers-by-environment, text: "Headers differ in development and production", signature: anybody, control: protection.headers }
          performance:
            - { id: export-p95, text: "GET /api/gdpr/users/me/data-export: p95 under 5 s", figure: "load.export-p95 <= 5000", control: privacy.export }
            - { id: consent-p95, text: "GET /api/gdpr/users/me/consent: p95 under 100 ms", figure: "load.consent-p95 <= 100", control: privacy.consent }
            - { id: header-overhead, text: "Headers cost less than 5 ms", figure: "load.header-overhead <= 5", control: protection.headers }
            - { id: users-100, text: "100 people at once", figure: "load.users >= 100", control: readiness.load }
            - { id: no-n-plus-1, text: "No N+1 queries", figure: "load.statements-per-request <= 20", control: operations.database }
          logging:
            - { id: json-logs, text: "JSON logs with GDPR requests, consent, sign-in failures, limits and CSRF failures", signature: anybody, control: observability.security-events }
            - { id: no-personal-data, text: "No personal data in plain text", signature: anybody, control: observability.log }
            - { id: dashboards, text: "Dashboards", signature: anybody, control: observability.alerts }
            - { id: runbook, text: "A deployment runbook", signature: anybody, control: operations.deploy }
            - { id: incident-plan, text: "An incident plan", signature: anybody, control: operations.deploy }
          sign-off:
            - { id: sign-off-security, text: "The Security Lead signs", signature: Security Lead, control: readiness.uat }
            - { id: sign-off-engineering, text: "The Engineering Lead signs", signature: Engineering Lead, control: readiness.uat }
            - { id: sign-off-devops, text: "The DevOps Lead signs", signature: DevOps Lead, control: readiness.uat }
            - { id: sign-off-qa, text: "The QA Lead signs", signature: QA Lead, control: readiness.uat }
            - { id: sign-off-compliance, text: "The Compliance Officer signs", signature: Compliance Officer, control: readiness.uat }
        """
}
