/// An AI trading front end: fix, accept, deploy.
enum TradingProfile {
    static let yaml = """
        title: AI trading front end
        levels:
          - { name: before, score: 80 }
          - { name: after, score: 80 }
        criteria:
          fix:
            - { id: routes-refuse, text: "Every protected route refuses a caller without a valid token", figure: "routes.refusing >= 100", control: readiness.authorization }
            - { id: protected-routes, text: "Protected routes refuse who isn't signed in", check: authorization.unprotected-routes, control: protection.route-policy }
            - { id: authentication-score, text: "Authentication scores 80 or more", score: "identity >= 80", control: readiness.probes }
            - { id: analytics-memory, text: "The analytics page takes at most 60 MB of the browser", figure: "browser.memory <= 60", control: observability.analytics }
            - { id: charts-long-tasks, text: "Charts are drawn without long tasks", figure: "browser.long-tasks = 0", control: observability.analytics }
            - { id: component-score, text: "Components score 70 or more", figure: "browser.component-score >= 70", control: readiness.pages }
            - { id: ai-chat, text: "/api/ai/chat answers", signature: anybody, control: guidance.assistant }
            - { id: build-artefacts, text: "Build artefacts are there and verified", figure: "artefacts.missing = 0", control: readiness.source }
            - { id: build-artefacts-same, text: "Built again, they are the same", figure: "artefacts.differing = 0", control: readiness.source }
          accept:
            - { id: uat-components, text: "10 components", figure: "uat.components >= 10", control: readiness.uat }
            - { id: uat-items, text: "480 items", figure: "uat.items >= 480", control: readiness.uat }
            - { id: uat-pass-rate, text: "90 % of the items pass", figure: "uat.pass-rate >= 90", control: readiness.uat }
            - { id: compatibility, text: "95 % of browsers and devices", figure: "uat.compatibility >= 95", control: readiness.uat }
            - { id: results-documented, text: "Results are documented", signature: anybody, control: readiness.uat }
            - { id: uat-sign-off, text: "Sign-offs are obtained", signature: anybody, control: readiness.uat }
          deploy:
            - { id: integration, text: "The integration suite passes whole", figure: "tests.integration-pass-rate >= 100", control: readiness.imports }
            - { id: load-suite, text: "The load suite passes", figure: "load.errors <= 0.1", control: readiness.load }
            - { id: readiness-before, text: "Readiness of 80 or more before the deployment", score: "all >= 80", control: readiness.levels }
            - { id: readiness-after, text: "Readiness of 80 or more after the deployment", level: after, score: "all >= 80", control: readiness.watch }
            - { id: monitored, text: "Monitored since", level: after, figure: "availability.uptime >= 99.9", control: readiness.watch }
        """
}
