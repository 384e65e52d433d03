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

        # How an account is opened without asking anybody, for what ends with the account.
        sign-up: { path: /api/accounts, json: { email: "{user}", name: Readiness, password: "{password}" } }

        # What must be so however many ask at the same moment. Each rule promises one thing: `adds`, `at-most`, `exclusive`, or
        # `shows` on its writes.
        races:
          - name: deposit
            as: alice
            object: portfolio
            write: POST /api/portfolios/{id}/deposits
            json: { amount: "1.00", memo: readiness }
            read: GET /api/portfolios/{id}
            pointer: /cashMinor
            adds: 100
          - name: transfer of shares
            as: alice
            object: portfolio
            before:
              - { send: "POST /api/portfolios/{id}/positions/JUNO/transfers", json: { quantity: 1, price: "1.00" } }
            write: POST /api/portfolios/{id}/positions/JUNO/transfers
            json: { quantity: 10, price: "1.00" }
            read: GET /api/portfolios/{id}/positions
            pointer: /positions/symbol=JUNO/quantity
            adds: 10
          - name: withdrawal
            as: newcomer
            before:
              - { send: POST /api/portfolios, json: { name: readiness }, take: { portfolio: /id } }
              - { send: "POST /api/portfolios/{portfolio}/deposits", json: { amount: "1.00" } }
            write: POST /api/portfolios/{portfolio}/withdrawals
            json: { amount: "1.00" }
            read: GET /api/portfolios/{portfolio}
            pointer: /cashMinor
            adds: -100
          - name: execution of an order
            as: alice
            object: portfolio
            before:
              - { send: "POST /api/portfolios/{id}/deposits", json: { amount: "1000.00" } }
              - send: POST /api/portfolios/{id}/orders
                json: { symbol: ALBA, side: buy, quantity: 1 }
                take: { order: /id }
            write: POST /api/orders/{order}/execution
            at-most: 1
          - name: consent
            as: alice
            before:
              - { send: PUT /api/consent/usage-analytics, json: { isGranted: false } }
              - { send: PUT /api/consent/marketing-mail, json: { isGranted: false } }
            writes:
              - send: PUT /api/consent/usage-analytics
                json: { isGranted: true }
                shows: /choices/purpose=usage-analytics/isGranted
                value: "true"
              - send: PUT /api/consent/marketing-mail
                json: { isGranted: true }
                shows: /choices/purpose=marketing-mail/isGranted
                value: "true"
            read: GET /api/consent
          - name: deletion of an account
            as: newcomer
            before:
              - { send: POST /api/portfolios, json: { name: readiness }, take: { portfolio: /id } }
            writes:
              - { send: DELETE /api/profile, json: { password: "{password}" } }
              - { send: "POST /api/portfolios/{portfolio}/deposits", json: { amount: "1.00" } }
            exclusive: true

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

        # Pages that write what their address says, and a file in which people's text is exported.
        echoes: ["/search?q={value}"]
        export:
          as: alice
          object: portfolio
          write: POST /api/portfolios/{id}/deposits
          json: { amount: "0.01", memo: "{payload}" }
          read: GET /api/portfolios/{id}/transactions.csv

        # How a program gets a bearer token; the short-lived one is seen to expire.
        token:
          path: /api/token
          json: { email: "{user}", password: "{password}" }
          pointer: /token
          short-lived: { email: "{user}", password: "{password}", expiresIn: 1 }

        # Meant for nobody outside, whoever asks.
        closed: [/internal/status]

        """#
}
