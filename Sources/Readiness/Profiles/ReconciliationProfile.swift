// Reason for length: one checklist is one text, and every item one line.
/// A reconciliation app: security, testing, deployment, help inside the app.
enum ReconciliationProfile {
    static let yaml = """
        title: Reconciliation app
        levels:
          - { name: before, score: 95, areas: { security: 95 } }
          - { name: day, score: 95 }
          - { name: after, score: 95 }
        criteria:
          authentication:
            - { id: jwt-1h, text: "Access tokens end after 1 hour", signature: anybody, control: identity.token }
            - { id: refresh-rotation, text: "Refresh tokens rotate", signature: anybody, control: identity.refresh }
            - { id: bcrypt-12, text: "bcrypt at cost 12 or more", signature: anybody, control: identity.password }
            - { id: password-complexity, text: "Password complexity", signature: anybody, control: identity.password }
            - { id: lockout-5, text: "Lockout after 5 failures, the same for unknown accounts", check: [identity.throttling, identity.enumeration], control: identity.lockout }
            - { id: session-30-min, text: "Sessions end after 30 minutes idle", signature: anybody, control: identity.session }
            - { id: sign-out, text: "A session is worthless after signing out", check: session.ends-at-sign-out, control: identity.session }
            - { id: oauth, text: "OAuth sign-in", signature: anybody, control: identity.oidc }
            - { id: csrf, text: "CSRF protection", check: csrf.cross-site-write, control: protection.csrf }
            - { id: rbac, text: "Role-based access", check: [authorization.unprotected-routes, authorization.mass-assignment], control: identity.roles }
            - { id: project-permissions, text: "Permissions per project", check: authorization.other-persons-object, control: identity.projects }
          secrets:
            - { id: secrets-outside, text: "All secrets are in the environment or a vault", figure: "scan.secrets = 0", control: operations.secrets }
            - { id: jwt-secret-32, text: "JWT_SECRET has at least 32 characters", signature: anybody, control: operations.secrets }
            - { id: database-url, text: "DATABASE_URL and REDIS_URL are set and strong", signature: anybody, control: operations.secrets }
            - { id: oauth-credentials, text: "Credentials of OAuth and backup are set", signature: anybody, control: operations.secrets }
            - { id: rotation-policy, text: "A rotation policy", signature: anybody, control: operations.secrets }
            - { id: secrets-differ, text: "Development and production have different secrets", signature: anybody, control: operations.secrets }
            - { id: secrets-restricted, text: "Access to secrets is restricted", signature: anybody, control: operations.secrets }
          api:
            - { id: rate-100, text: "100 requests a minute", check: [limits.rate, limits.forwarded-bypass], control: protection.rate-limit }
            - { id: cors-exact, text: "CORS never says *", check: [cors.reflected-origin, cors.null-origin], control: protection.cors }
            - { id: nosniff, text: "X-Content-Type-Options: nosniff", check: headers.content-type-options, control: protection.headers }
            - { id: frame-deny, text: "X-Frame-Options: DENY", check: headers.frame-protection, control: protection.headers }
            - { id: xss-protection, text: "X-XSS-Protection: 1; mode=block", check: headers.xss-protection, control: protection.headers }
            - { id: hsts, text: "HSTS", check: headers.strict-transport-security, control: protection.headers }
            - { id: csp, text: "Content-Security-Policy", check: headers.content-security-policy, control: protection.headers }
            - { id: api-versioning, text: "The API has versions", signature: anybody, control: protection.versioning }
            - { id: errors-plain, text: "Errors expose nothing", check: [errors.not-found, errors.method-not-allowed, errors.malformed-json, errors.bad-encoding], control: protection.error-scrubbing }
            - { id: email-format, text: "E-mail addresses are checked", signature: anybody, control: protection.request-shape }
            - { id: upload-10-mb, text: "Uploads: at most 10 MB", check: [size.declared-body, size.chunked-body], control: protection.upload }
            - { id: upload-whitelist, text: "Uploads: types on a list", check: upload.by-content, control: protection.upload }
            - { id: upload-names, text: "Uploads: names are sanitised, files lie outside any web root", check: transport.path-normalisation, control: protection.upload }
          testing:
            - { id: journeys, text: "Journeys, sign-up and OAuth flows are tested", figure: "tests.journeys >= 1", control: readiness.pages }
            - { id: cross-browser, text: "Browsers and mobile devices are tested", figure: "uat.compatibility >= 95", control: readiness.uat }
            - { id: accessibility, text: "Accessibility is tested", figure: "browser.accessibility-violations = 0", control: readiness.pages }
            - { id: api-p95, text: "API p95 under 200 ms", figure: "load.api-p95 <= 200", control: readiness.load }
            - { id: page-2s, text: "Pages load in 2 s", figure: "load.page-time <= 2000", control: readiness.pages }
            - { id: database-p95, text: "Database p95 under 50 ms", figure: "load.database-p95 <= 50", control: operations.database }
            - { id: stress, text: "Stress and capacity are tested", signature: anybody, control: readiness.load }
            - { id: audit-score, text: "Audit score of 95 or more", score: "security >= 95", control: readiness.probes }
            - { id: no-critical, text: "No critical finding", figure: "scan.critical = 0", control: readiness.imports }
            - { id: dependency-scan, text: "Dependencies are scanned in CI", figure: "scan.vulnerabilities = 0", control: readiness.source }
            - { id: integration, text: "Database, Redis, WebSocket and third parties are tested together", figure: "tests.integration-pass-rate >= 100" }
          deployment:
            - { id: load-balancer, text: "Load balancer", signature: anybody, control: operations.deploy }
            - { id: tls, text: "TLS", check: [tls.protocol-versions, tls.redirect], control: protection.https }
            - { id: dns-cdn, text: "DNS and CDN", signature: anybody, control: operations.deploy }
            - { id: backups, text: "Backups", signature: anybody, control: operations.backup }
            - { id: disaster-recovery, text: "Disaster recovery is rehearsed", signature: anybody, control: operations.backup }
            - { id: migrations-verified, text: "Migrations and environment are verified", signature: anybody, control: operations.migrations }
            - { id: endpoints-verified, text: "Endpoints, WebSocket and upload are verified", check: health.live, control: observability.health }
            - { id: monitoring, text: "Monitoring, alerts, logs, dashboards", signature: anybody, control: observability.alerts }
            - { id: metrics, text: "Metrics aren't public", check: exposure.metrics, control: observability.metrics }
            - { id: incident-procedure, text: "An incident procedure", signature: anybody, control: operations.deploy }
          help in the app:
            - { id: feature-gates, text: "Feature gates by role and permission, availability tracked", signature: anybody, control: guidance.gates }
            - { id: tips, text: "Tips: delivery, preferences, frequency, in onboarding and tours", signature: anybody, control: guidance.tips }
            - { id: help-icons, text: "Help: ? icons, tooltips, overlay, panels, inline text", signature: anybody, control: guidance.help }
            - { id: help-search, text: "Help: search, Ctrl+/, categories, navigation", signature: anybody, control: guidance.help }
            - { id: help-content, text: "Help: feedback, analytics, content management, versions", signature: anybody, control: guidance.help }
            - { id: onboarding-dashboard, text: "An onboarding dashboard with a permission of its own", signature: anybody, control: guidance.onboarding }
            - { id: progressive-disclosure, text: "Progressive disclosure", signature: anybody, control: guidance.tours }
            - { id: help-costs-nothing, text: "None of it slows the app", figure: "load.page-time <= 2000", control: readiness.pages }
          before the launch:
            - { id: team-trained, text: "The team is trained", signature: anybody, control: readiness.uat }
            - { id: rollback-ready, text: "Rollback is ready", signature: anybody, control: operations.deploy }
          on the day:
            - { id: go-no-go, text: "Go/no-go was decided", level: day, signature: anybody, control: readiness.uat }
            - { id: health-on-the-day, text: "Health is answered", level: day, check: health.live, control: observability.health }
            - { id: monitoring-on-the-day, text: "Monitoring is watched", level: day, signature: anybody, control: observability.alerts }
            - { id: support-ready, text: "Support is ready", level: day, signature: anybody, control: readiness.uat }
          after the launch:
            - { id: available-999, text: "99.9 % available", level: after, figure: "availability.uptime >= 99.9", control: readiness.watch }
            - { id: errors-01, text: "At most 0.1 % errors", level: after, figure: "availability.errors <= 0.1", control: readiness.watch }
            - { id: response-2s, text: "At most 2 s", level: after, figure: "load.page-time <= 2000", control: readiness.watch }
            - { id: feedback, text: "People were asked, and it was assessed", level: after, signature: anybody, control: readiness.uat }
        """
}
