/// A data-pipeline platform with three launch levels.
enum DataPlatformProfile {
    static let yaml = """
        title: Data platform, three launch levels
        levels:
          - { name: mvp, score: 80 }
          - { name: recommended, score: 92 }
          - { name: full, score: 95 }
        criteria:
          controls wired:
            - { id: headers-wired, text: "Security headers are wired", check: [headers.strict-transport-security, tls.redirect, headers.content-security-policy, headers.content-type-options, headers.frame-protection, headers.on-every-status], control: protection.headers }
            - { id: rate-limit-wired, text: "Rate limiting is wired", check: [limits.rate, limits.forwarded-bypass], control: protection.rate-limit }
            - { id: input-validation-wired, text: "Input validation is wired", check: [errors.malformed-json, errors.bad-encoding, size.declared-body, size.chunked-body], control: protection.request-shape }
            - { id: regression-tests, text: "Headers, limits and input validation have regression tests", figure: "tests.security-controls >= 3" }
            - { id: nothing-unwired, text: "No middleware, guard or route is defined and never used", figure: "scan.unwired = 0", control: readiness.source }
          errors:
            - { id: central-errors, text: "Errors are handled in one place", check: errors.one-shape, control: protection.errors }
            - { id: correlation-ids, text: "Every answer has a correlation id", check: [correlation.request-id, correlation.hostile-request-id], control: protection.correlation }
            - { id: scrubbed-answers, text: "Answers show nothing of the inside", check: [errors.not-found, errors.method-not-allowed, errors.malformed-json], control: protection.error-scrubbing }
          secrets:
            - { id: strong-secret-key, text: "SECRET_KEY is strong", signature: anybody, control: operations.secrets }
            - { id: rotation-guidance, text: "Rotation of secrets is written down", signature: anybody, control: operations.secrets }
            - { id: no-secret-in-source, text: "The source holds no secret", figure: "scan.secrets = 0", control: readiness.source }
          tests:
            - { id: tests-email, text: "E-mail has 30 tests", figure: "tests.email >= 30", control: operations.email }
            - { id: tests-upload, text: "Uploads have 40 tests", figure: "tests.upload >= 40", control: protection.upload }
            - { id: tests-websocket, text: "WebSocket sign-in has 20 tests", figure: "tests.websocket >= 20", control: protection.websocket }
            - { id: tests-search, text: "Search has 20 tests against injection", figure: "tests.search >= 20", control: operations.search }
            - { id: tests-monitoring, text: "Monitoring endpoints have 40 tests", figure: "tests.monitoring >= 40", control: observability.health }
            - { id: tests-analytics, text: "The analytics engine has 60 tests", figure: "tests.analytics >= 60", control: observability.analytics }
            - { id: tests-pipeline, text: "The pipeline executor has 50 tests", figure: "tests.pipeline >= 50", control: privacy.pipelines }
            - { id: tests-schema, text: "Schema introspection and mapping have 90 tests", figure: "tests.schema >= 90", control: privacy.data-map }
            - { id: tests-builder-page, text: "The pipeline builder page has 60 tests", figure: "tests.builder-page >= 60", control: privacy.pipelines }
            - { id: tests-user-pages, text: "User management pages have 40 tests", figure: "tests.user-pages >= 40", control: identity.administration }
            - { id: tests-charts, text: "Charts have 40 tests", figure: "tests.charts >= 40", control: observability.analytics }
            - { id: tests-admin-pages, text: "Administration and maintenance pages have 40 tests", figure: "tests.admin-pages >= 40", control: operations.administration }
            - { id: tests-pass, text: "Every test passes", figure: "tests.pass-rate >= 100", control: readiness.imports }
            - { id: tests-workflows, text: "API workflows have 50 tests", level: recommended, figure: "tests.workflows >= 50" }
            - { id: tests-journeys, text: "Journeys in a browser have 50 tests", level: recommended, figure: "tests.journeys >= 50", control: readiness.pages }
          coverage by tier:
            - { id: coverage-service, text: "Coverage of the services is reported", figure: "coverage.service >= 80", blocks: false, control: readiness.imports }
            - { id: coverage-api, text: "Coverage of the API is reported", figure: "coverage.api >= 80", blocks: false, control: readiness.imports }
            - { id: coverage-front-end, text: "Coverage of the front end is reported", figure: "coverage.front-end >= 80", blocks: false, control: readiness.imports }
          documentation:
            - { id: claims-true, text: "No technology, figure, completion or date is claimed that isn't so", figure: "claims.contradictions = 0", control: readiness.claims }
            - { id: description-matches, text: "The product's description matches the product", signature: anybody }
            - { id: schema-doc-current, text: "The database schema document has today's tables and constraints", signature: anybody }
            - { id: changelog-current, text: "CHANGELOG is current", signature: anybody }
          accounts:
            - { id: two-factor, text: "Two-factor sign-in: service, pages and documentation", level: recommended, signature: anybody, control: identity.two-factor }
            - { id: lockout, text: "Accounts lock, administrators can override, owners are told", level: recommended, signature: anybody, control: identity.lockout }
            - { id: csrf, text: "CSRF protection is wired and validates", level: recommended, check: csrf.cross-site-write, control: protection.csrf }
          deployment:
            - { id: helm-chart, text: "Helm chart and manifests", level: full, signature: anybody, control: operations.deploy }
            - { id: rollback-documented, text: "Deployment and rollback are documented", level: full, signature: anybody, control: operations.deploy }
            - { id: load-baseline, text: "A load suite has a baseline report: API p95", level: full, figure: "load.api-p95 <= 200", control: readiness.load }
            - { id: load-errors, text: "Under load nothing fails", level: full, figure: "load.errors <= 0.1", control: readiness.load }
        """
}
