/// An AI content API, in the thirteen phases of its checklist.
enum ContentAPIProfile {
    static let yaml = """
        title: AI content API, 13 phases
        levels:
          - { name: launch, score: 95, areas: { security: 95 } }
        criteria:
          1 authentication:
            - { id: bcrypt-12, text: "Passwords are hashed by bcrypt at cost 12", signature: anybody, control: identity.password }
            - { id: password-strength, text: "Rules for strong passwords", signature: anybody, control: identity.password }
            - { id: jwt-24h, text: "Access tokens end after 24 hours", signature: anybody, control: identity.token }
            - { id: api-keys-hashed, text: "API keys are stored as SHA-256", signature: anybody, control: identity.api-key }
            - { id: guard-signed-in, text: "A guard refuses who isn't signed in", check: authorization.unprotected-routes, control: protection.route-policy }
            - { id: guard-admin, text: "A guard refuses who isn't an administrator", check: [authorization.other-persons-object, authorization.mass-assignment], control: identity.roles }
            - { id: caller-reaches-handler, text: "The caller's identity reaches the handler", check: authorization.other-persons-object, control: identity.session }
          2 input validation:
            - { id: json-content-type, text: "Only JSON is taken as JSON", check: errors.malformed-json, control: protection.request-shape }
            - { id: topic-500, text: "A topic has at most 500 characters", signature: anybody, control: protection.request-shape }
            - { id: arrays-100, text: "Arrays have at most 100 items", signature: anybody, control: protection.request-shape }
            - { id: upload-whitelist, text: "Uploads: extensions on a list", signature: anybody, control: protection.upload }
            - { id: upload-10-mb, text: "Uploads: at most 10 MB", check: [size.declared-body, size.chunked-body], control: protection.upload }
            - { id: upload-mime, text: "Uploads: the type is judged by content", check: upload.by-content, control: protection.upload }
            - { id: sql-injection, text: "SQL in input stays data", check: injection.sql, control: protection.inspection }
            - { id: xss, text: "Script in input stays text", check: [injection.reflected-script, injection.stored-script], control: protection.inspection }
            - { id: special-characters, text: "Special characters survive", check: errors.bad-encoding, control: protection.request-shape }
          3 error handling:
            - { id: one-error-shape, text: "One error shape with request id, ISO 8601 time and documentation address", check: errors.one-shape, control: protection.errors }
            - { id: error-statuses, text: "400 401 403 404 429 500 are answered plainly", check: [errors.not-found, errors.method-not-allowed, errors.malformed-json, errors.bad-encoding], control: protection.error-scrubbing }
            - { id: request-ids, text: "Every answer carries a request id", check: correlation.request-id, control: protection.correlation }
            - { id: structured-logs, text: "Logs are structured", signature: anybody, control: observability.log }
            - { id: log-sanitising, text: "Logs hold no secrets and no personal data", signature: anybody, control: observability.log }
          4 property tests:
            - { id: properties-35, text: "35 properties and more are tested with random inputs", figure: "tests.properties >= 35" }
          5 database:
            - { id: database-tls, text: "The database is reached over TLS", signature: anybody, control: operations.database }
            - { id: database-pool, text: "Connections are pooled", signature: anybody, control: operations.database }
            - { id: migrations, text: "The schema is migrated", signature: anybody, control: operations.migrations }
            - { id: backups, text: "Backups are automatic", signature: anybody, control: operations.backup }
            - { id: database-access, text: "Access to the database is restricted", signature: anybody, control: operations.database }
          6 front end:
            - { id: error-boundary, text: "An error boundary", signature: anybody, control: guidance.client }
            - { id: secure-storage, text: "Secure storage in the browser", signature: anybody, control: guidance.client }
            - { id: csrf, text: "CSRF protection", check: csrf.cross-site-write, control: protection.csrf }
            - { id: sanitised-html, text: "HTML is sanitised", check: injection.stored-script, control: guidance.client }
            - { id: offline-detection, text: "Being offline is noticed", signature: anybody, control: guidance.client }
          7 delivery:
            - { id: ci-security-tools, text: "CI runs security tools and finds nothing critical", figure: "scan.critical = 0", control: readiness.imports }
            - { id: dependencies-clean, text: "No dependency has a known vulnerability", figure: "scan.vulnerabilities = 0", control: readiness.source }
            - { id: containers, text: "Container files, compose and pipeline", signature: anybody, control: operations.deploy }
            - { id: health-endpoint, text: "A health endpoint", check: health.live, control: observability.health }
          8 monitoring:
            - { id: full-health, text: "Deep health", signature: anybody, control: observability.health }
            - { id: prometheus, text: "Prometheus metrics, and not for the public", check: exposure.metrics, control: observability.metrics }
            - { id: metrics-move, text: "Metrics count requests", signature: anybody, control: observability.metrics }
            - { id: alerting, text: "Alerts", signature: anybody, control: observability.alerts }
            - { id: central-logs, text: "Logs are collected in one place", signature: anybody, control: observability.log }
          9 limits:
            - { id: rate-limiter, text: "A rate limiter", check: [limits.rate, limits.announced, limits.forwarded-bypass], control: protection.rate-limit }
            - { id: quota-tracker, text: "Quotas are tracked", signature: anybody, control: protection.quota }
            - { id: quota-warnings, text: "Quota warnings", signature: anybody, control: protection.quota }
            - { id: usage-page, text: "A usage page for administrators", signature: anybody, control: protection.quota }
          10 transport:
            - { id: csp, text: "A content security policy", check: headers.content-security-policy, control: protection.headers }
            - { id: https, text: "HTTPS only, with current TLS", check: [tls.protocol-versions, tls.redirect, headers.strict-transport-security], control: protection.https }
            - { id: certificates, text: "Certificates are renewed in time", signature: anybody, control: protection.https }
          11 privacy:
            - { id: data-export, text: "Data export", signature: anybody, control: privacy.export }
            - { id: data-deletion, text: "Deletion", signature: anybody, control: privacy.erasure }
            - { id: consent, text: "Consent", signature: anybody, control: privacy.consent }
            - { id: audit-log, text: "An audit log", signature: anybody, control: privacy.audit }
            - { id: encryption-at-rest, text: "Encryption at rest", signature: anybody, control: privacy.at-rest }
          12 performance:
            - { id: cdn-ready, text: "Static files are ready for a CDN", signature: anybody, control: protection.cache }
            - { id: layered-cache, text: "A cache in layers that keeps nothing personal", check: caching.private-pages, control: protection.cache }
            - { id: indexes, text: "Indexes where queries need them", signature: anybody, control: operations.database }
            - { id: images, text: "Images are optimised", signature: anybody }
            - { id: compression, text: "Text is compressed", check: delivery.compression, control: protection.compression }
          13 before launch:
            - { id: full-suite, text: "The full test suite passes", figure: "tests.pass-rate >= 100", control: readiness.imports }
            - { id: security-audit, text: "Security audit", score: "security >= 95", control: readiness.probes }
            - { id: load-test, text: "Load test: nothing fails", figure: "load.errors <= 0.1", control: readiness.load }
            - { id: headers-verified, text: "Headers verified", score: "headers >= 100", control: protection.headers }
            - { id: deployment-checklist, text: "The deployment checklist is worked through", signature: anybody, control: readiness.uat }
        """
}
