import Testing

@testable import Readiness

@Suite("A checklist that contradicts itself is told so, by line")
struct ContradictionTests {
    private func find(_ text: String) throws -> [String] {
        let list = ChecklistReader.read(DocumentText(Array(text.utf8)))
        let today = try #require(CalendarDay("2026-11-26"))
        return ChecklistContradictions.find(list, today: today).map { "\($0.line) \($0.kind)" }
    }

    @Test(
        "each kind is found where it stands",
        arguments: [
            ("# Plan\nPhases completed: 0\n## Phase 1 — 100% complete\n- [x] a thing\n", "2 completion"),
            ("# Plan\n## Phase 1 ✅\n- [x] a\n## Phase 2 ✅\n- [x] b\n\n- Phases completed: 1\n", "7 completion"),
            ("# Tests ✅\n- [x] one thing\n- [ ] other thing\n", "1 status"),
            ("# Security (100%)\n- [x] one thing\n- [ ] other thing\n", "1 status"),
            ("# Security\n**Status:** Complete\n- [ ] other thing\n", "2 completion"),
            ("# Security\nProgress: 100%\n- [ ] other thing\n", "2 completion"),
            ("# Security\nProgress: 45/50 (80%)\n", "2 percentage"),
            ("# Security\nDone: 2/3 items\n- [x] aa\n- [ ] bb\n- [ ] cc\n", "2 count"),
            ("- [x] ❌ other thing\n", "1 status"),
            ("- [x] whole thing\n  - [ ] part of it\n", "1 status"),
            ("| Item | Required | Actual | Status |\n|-|-|-|-|\n| Coverage | ≥ 80% | 72% | ✅ |\n", "3 status"),
            ("| Item | Required | Actual | Status |\n|-|-|-|-|\n| p95 | < 200 ms | 340 ms | Pass |\n", "3 status"),
            ("| Item | Required | Actual | Status |\n|-|-|-|-|\n| p95 | < 200 ms | 120 ms | ❌ |\n", "3 status"),
            ("| Area | Tests |\n|-|-|\n| a | 10 |\n| b | 20 |\n| Total | 40 |\n", "5 total"),
            (
                "| Area | Weight | Score |\n|-|-|-|\n| a | 30 | 50 |\n| b | 70 | 100 |\n| Weighted total | 100 | 95 |\n",
                "5 total"
            ),
            ("- Completed: 2027-03-01\n", "1 date"), ("- Start 2026-05-01, end 2026-04-01\n", "1 date"),
            ("# A\n- [x] the same long thing\n- [ ] the same long thing\n", "3 status"),
            ("# Launch\nStatus: 75% complete (9/12)\n## A\n- [x] aa\n- [ ] bb\n## B\n- [x] cc\n- [ ] dd\n", "2 count"),
            ("Progress: 80%\n\n## A\n- [x] aa\n- [ ] bb\n## B\n- ✅ cc\n- ❌ dd\n", "1 percentage"),
            ("# A\n\n## Phase 1 (5/6 complete)\n- [x] aa\n- [ ] bb\n- [x] cc\n", "3 count"),
            ("# A\nTotal items: 12\n\n- [x] aa\n- [ ] bb\n- [ ] cc\n", "2 count"),
            ("# A\nCompleted: 3\n\n- [x] aa\n- [ ] bb\n- [ ] cc\n", "2 count"),
            ("# A\nThe following 5 blockers remain:\n\n- [ ] aa\n- [ ] bb\n", "2 count"),
            ("# A\nOverall readiness: 92%\n- [x] aa\n## Summary\nOverall readiness: 78%\n", "5 percentage"),
            ("| Area | Weight |\n|-|-|\n| a | 40% |\n| b | 30% |\n| c | 20% |\n", "1 total"),
            ("- Tests: 45 of 50 passing\n- [x] All tests pass\n- [ ] other\n", "2 count"),
            (
                "# A\nPhases completed: 3 of 4\n## Phase 1 ✅\n- [x] aa\n## Phase 2 ✅\n- [x] bb\n## Phase 3\n- [ ] cc\n## Phase 4\n- [ ] dd\n",
                "2 completion"
            ),
            ("# A\n## Decision\nGO for launch\n## Blockers\n- [ ] CRITICAL: no backup\n", "3 status"),
            ("# A\nStart date: 2025-09-01\nEnd date: 2025-08-01\n- [ ] aa\n", "3 date"),
            ("# A\nLast updated: 2025-03-01\n- [x] Penetration test done 2025-06-14\n", "2 date"),
            ("# A\n## Features (100%)\n### Tests - 85% ✅\n- [x] aa\n- [x] bb\n", "2 percentage"),
            ("# Score\nOverall: 100/100\n\n| Area | Score |\n|-|-|\n| a | 100/100 |\n| b | 85/100 |\n", "2 total"),
            ("# Score\nOverall: 60/100\n\n| Area | Score |\n|-|-|\n| a | 90/100 |\n| b | 85/100 |\n", "2 total"),
            ("- [x] Global search (SRCH-01)\n## Blockers\n1. ⬜ Global search broken (SRCH-01)\n", "3 status"),
            ("# A\nStatus: 🟢 READY FOR LAUNCH\n### Critical (Must Do)\n- [ ] rotate the keys\n", "2 status"),
            ("# A\nStatus: **READY FOR PRODUCTION**\n- [x] aa\n- [ ] Penetration test (critical)\n", "2 status"),
            ("# A\n### ✅ APPROVED FOR LAUNCH\n## Rest\n- [ ] CRITICAL: no backup\n", "2 status"),
            ("# A\nStatus: Production Ready\n- [x] aa\n- [ ] Terms of Service (TODO - required)\n", "2 status"),
            (
                "# A\n" + String(repeating: "- [ ] one more\n", count: 11) + "\n**✅ GO-LIVE APPROVED**\n",
                "14 status"
            ),
            ("# A\nTotal items: ~8\n\n- [x] aa\n- [ ] bb\n- [ ] cc\n", "2 count"),
            ("# A\n- [x] aa\n- [ ] bb\n- [ ] cc\n## Checklist summary\nTotal items: 5\n", "6 count"),
            ("# A\n- 3 roles: owner, admin, member, viewer\n- [x] aa\n", "2 count"),
            ("- [x] 5 cron jobs (welcome, credits, trial, weekly)\n", "1 count"),
            ("# Launch\n**Overall completion**: 3 of 4\n- [x] aa\n- [ ] bb\n- [x] cc\n- [ ] dd\n", "2 count"),
        ])
    func found(text: String, expected: String) throws { #expect(try find(text) == [expected], "\(text)") }

    @Test(
        "and what is consistent isn't",
        arguments: [
            "# Plan\nPhases completed: 1\n## Phase 1 — 100% complete\n- [x] a thing\n",
            "# Plan\nPhases completed: 0\n## Phase 1\n- [ ] a thing\n", "# Tests ✅\n- [x] one thing\n",
            "## ✅ Pre-launch checklist\n- [ ] one thing\n", "# Security\nProgress: 40/50 (80%)\n",
            "| Area | Tests |\n|-|-|\n| a | 10 |\n| b | 20 |\n| Total | 30 |\n",
            "| Area | Weight | Score |\n|-|-|-|\n| a | 30 | 50 |\n| b | 70 | 100 |\n| Weighted total | 100 | 85 |\n",
            "| Area | Coverage |\n|-|-|\n| a | 80% |\n| b | 90% |\n| Total | 87% |\n",
            "| Item | Required | Actual | Status |\n|-|-|-|-|\n| p95 | < 200 ms | 120 ms | ✅ |\n",
            "| Item | Required | Actual | Status |\n|-|-|-|-|\n| p95 | < 2 s | 120 ms | ✅ |\n",
            "Target date: completed by 2027-03-01\n", "- Completed: 2026-03-01\n", "Updated 1/2/2026 (50%)\n",
            "# A\n- [x] the same long thing\n# B\n- [ ] the same long thing\n",
            "- [ ] whole thing\n  - [x] part of it\n",
            "# Release\nScore: 9/10 (85% confidence)\n",
            "# Launch\nStatus: 50% complete (2/4)\n## A\n- [x] aa\n- [ ] bb\n## B\n- [x] cc\n- [ ] dd\n",
            "# Launch\nProgress: 66%\n- [x] aa\n  - [x] part\n- [ ] bb\n- [x] cc\n",
            "# Launch\nProgress: 60%\n- [x] aa\n- ⚠️ bb\n- [ ] cc\n- [x] dd\n",
            "# Launch\n## Week 1\nProgress: 80%\n- [x] aa\n## Week 2\n- [ ] bb\n- [ ] cc\n- [ ] dd\n",
            "# A\n\n## Phase 1 (2/3 complete)\n- [x] aa\n- [ ] bb\n- [x] cc\n",
            "# A\nTotal items: 3\nCompleted: 1\n\n- [x] aa\n- [ ] bb\n- [ ] cc\n",
            "# A\nThe following 2 blockers remain:\n\n- [ ] aa\n  - [ ] part\n- [ ] bb\n\nThese 3 others:\n",
            "# A\nReadiness before: 78%\nReadiness after: 92%\n- [x] aa\n- [ ] bb\n",
            "# A\n## 2025-01\nOverall readiness: 60%\n## 2025-02\nOverall readiness: 80%\n- [x] aa\n",
            "| Area | Weight |\n|-|-|\n| a | 40% |\n| b | 40% |\n| c | 20% |\n",
            "- Tests: 50 of 50 passing\n- [x] All tests pass\n- [ ] other\n",
            "# A\nPhases completed: 2 of 3\n## Phase 1 ✅\n- [x] aa\n## Phase 2 ✅\n- [x] bb\n## Phase 3\n- [ ] cc\n",
            "# A\n## Decision\nNO-GO until blockers are closed\n## Blockers\n- [ ] CRITICAL: no backup\n",
            "# A\n## Decision\nGO for launch\n## Blockers\n- [x] CRITICAL: no backup\n",
            "# A\nStart date: 2025-08-01\nEnd date: 2025-09-01\n- [ ] aa\n",
            "# A\nLast updated: 2025-07-01\n- [x] Penetration test done 2025-06-14\n",
            // Found wrong on public lists: sums of what is only about right, scores as counts, a choice of boxes, readiness as a share.
            "| Area | Sessions |\n|-|-|\n| a | ~10 |\n| b | ~8 |\n| c | ~3 |\n| Total | ~18 |\n",
            "# Score\n## Overall: 100/100 ✅\n| Area | State |\n|-|-|\n| a | ✅ |\n| b | ✅ |\n",
            "# Decision\n- [ ] ✅ Approved for production\n- [ ] ⚠️ With exceptions\n- [ ] ❌ Rejected\n",
            "# Launch\nStatus: ✅ 95% READY\n- [x] aa\n- [ ] bb\n- [ ] cc\n",
            "# Score\nOverall: 97/100\n\n| Area | Score |\n|-|-|\n| a | 100/100 |\n| b | 85/100 |\n",
            "# A\n## Features (100%)\n### Tests (coverage 85%)\n- [x] aa\n- [x] bb\n",
            "- [x] Keys with AES-256\n## Rest\n- [ ] Keys of backups with AES-256\n",
            "- [x] Search is built (SRCH-01)\n- [ ] Verify search in production (SRCH-01)\n",
            "# A\nStatus: Ready for production\n- [x] aa\n- [ ] Measure the critical path once more\n",
            "# A\nStatus: Ready for launch after the audit\n### Critical\n- [ ] rotate the keys\n",
            "# A\nStatus: 98% production ready\n### Critical\n- [ ] rotate the keys\n- [x] bb\n",
            "# A\nStatus: ready for launch\n### Critical (optional)\n- [x] rotate the keys\n- [ ] bb (optional)\n",
            "# A\n## Ready for launch\n### Critical\n- [ ] rotate the keys\n",
            "# A\nTotal items: ~3\n\n- [x] aa\n- [ ] bb\n- [ ] cc\n- [ ] dd\n",
            "# A\n- 3 roles: owner, admin and member\n- 4 roles: owner, admin, and so on\n- [x] aa\n",
            "# A\n- 4 cores (builds, tests)\n- 3 GB of memory: heap, stack\n- 4 disks (2 GB swap, 2 GB data)\n- [x] aa\n",
            "# A\n- 20 endpoints: users, orders, carts\n- 5 kinds, including a, b\n- [x] aa\n",
            "## Security ✅\n- [ ] aa\n## Database ✅\n- [ ] bb\n## Launch day ✅\n- [ ] cc\n",
            "# A\n## Route security (30% → 100%)\n- [x] aa\n- [ ] bb\n",
            "# Launch\nOverall test coverage: 91%\n- [x] aa\n- [ ] bb\n- [ ] cc\n",
        ])
    func consistent(text: String) throws { #expect(try find(text) == [], "\(text)") }
}
