/// `Examples/TradingDesk/readiness.yaml`, so that a self-test needs no file beside the binary. A test compares the two.
public enum TradingDeskConfiguration {
    public static let yaml = #"""
        # What `seaworthy check --config` needs to know of TradingDesk to look behind its sign-in.
        #
        #     tradingdesk --listen 127.0.0.1:5000 &
        #     seaworthy check http://127.0.0.1:5000 --config Examples/TradingDesk/readiness.yaml

        name: TradingDesk
        openapi: /openapi.json

        login:
          path: /api/session
          json: { email: "{user}", password: "{password}" }
          success: { status: 200, cookie: tradingdesk_session }
          sign-out: DELETE /api/session

        # Seeded by the app; they exist for this and own nothing but examples.
        identities:
          - { name: alice, user: alice@example.test, password: correct horse battery alice, role: member }
          - { name: bob, user: bob@example.test, password: correct horse battery bob, role: member }
          - { name: admin, user: admin@example.test, password: correct horse battery admin, role: admin }

        # Nobody gets these without signing in; `as` says who does, so that a refusal of everybody isn't mistaken for protection.
        protected:
          - { operation: GET /api/admin/users, as: admin }
          - { operation: GET /api/portfolios, as: alice }

        # Whose thing it is: where a person learns its id, and where it is read.
        objects:
          - { name: portfolio, learn: GET /api/portfolios, pointer: /portfolios/0/id, read: "GET /api/portfolios/{id}" }
          - { name: note, learn: GET /api/notes, pointer: /notes/0/id, read: "GET /api/notes/{id}", shared: true }

        # Several deposits at once: each adds 100 cents to what is read back.
        race:
          - name: deposit
            as: alice
            object: portfolio
            write: POST /api/portfolios/{id}/deposits
            json: { amount: "1.00", memo: readiness }
            read: GET /api/portfolios/{id}
            pointer: /cashMinor
            adds: 100

        # Where a person writes text that a page shows.
        comments:
          as: alice
          object: note
          write: POST /api/notes/{id}/comments
          json: { body: "{payload}" }
          page: /research/{id}

        search: { as: alice, operation: "GET /api/search?q={value}", value: ALBA }

        # A person's own record, and a field of it that isn't the person's to set.
        profile: { as: bob, read: GET /api/profile, write: PATCH /api/profile, field: role, value: admin, pointer: /role }

        upload:
          as: alice
          object: portfolio
          operation: POST /api/portfolios/{id}/statements
          field: file
          name: statement.csv
          type: text/csv
          content: "date,description,amount,reference\n2026-03-09,Readiness,1.00,{nonce}\n"

        redirects: ["/leave?to={url}"]

        # Meant for nobody outside, whoever asks.
        closed: [/internal/status]

        """#
}
